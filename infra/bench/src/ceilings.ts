/** What the machine could do at best, measured minutes before the whole way is, on the same Postgres. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ChainJob, ChainResult } from './bare-chain.ts';
import type { StreamRef } from './driver-protocol.ts';
import { cpuSeconds, type MeasuredProcess } from './process-usage.ts';
import { runDriver } from './run-driver.ts';

export interface Ceiling {
  touchpointsPerSecond: number;
  /** CPU µs per touchpoint of each process. */
  cpuMicros: Record<string, number>;
}

const parsedTouchpoints = 200_000;

export async function measureParseAndDrop(stream: StreamRef): Promise<Ceiling> {
  const child = fork(path.join(import.meta.dirname, 'parse-and-drop.ts'));
  try {
    const [{ address }] = (await once(child, 'message')) as [{ address: string }];
    const server = { name: 'fastify', pid: child.pid ?? 0 };
    const send = (touchpoints: number) =>
      runDriver({
        job: 'send',
        url: `${address}/v1/batch`,
        key: 'none',
        stream: { ...stream, touchpoints },
        batchSize: 100,
        concurrency: 8,
        rate: null,
        repeatFirstBatches: 100,
      });
    await send(20_000);
    const before = cpuSeconds(server);
    const { seconds } = await send(parsedTouchpoints);
    return {
      touchpointsPerSecond: parsedTouchpoints / seconds,
      cpuMicros: { fastify: ((cpuSeconds(server) - before) * 1e6) / parsedTouchpoints },
    };
  } finally {
    child.disconnect();
  }
}

export async function measureBareChain(
  stream: StreamRef,
  connectionString: string,
  postgres: MeasuredProcess,
): Promise<Ceiling> {
  const before = cpuSeconds(postgres);
  const { seconds, cpuSeconds: ownCpuSeconds } = await runChain({ connectionString, stream, connections: 4 });
  const perTouchpoint = 1e6 / stream.touchpoints;
  return {
    touchpointsPerSecond: stream.touchpoints / seconds,
    cpuMicros: {
      chain: ownCpuSeconds * perTouchpoint,
      postgres: (cpuSeconds(postgres) - before) * perTouchpoint,
    },
  };
}

async function runChain(job: ChainJob): Promise<ChainResult> {
  const child = fork(path.join(import.meta.dirname, 'bare-chain.ts'));
  child.send(job);
  const [answer] = (await once(child, 'message')) as [{ result: ChainResult } | { error: string }];
  if ('error' in answer) throw new Error(`the bare chain failed: ${answer.error}`);
  return answer.result;
}
