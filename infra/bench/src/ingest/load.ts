/** Requests of one kind to a server, and what they cost it. */
import { fork } from 'node:child_process';
import path from 'node:path';
import { cpuSeconds, type MeasuredProcess } from '../process-usage.ts';

export interface Load {
  url: string;
  key: string;
  /** Name of a `RequestKind`. */
  kind: string;
  touchpoints: number;
}

export interface LoadResult {
  seconds: number;
  sent: number;
  /** Answers that asked to come again later. */
  retries: number;
}

export interface LoadCost {
  touchpointsPerSecond: number;
  /** CPU µs a touchpoint of the server alone. */
  cpuMicros: number;
  retries: number;
}

/** A tenth of the load goes before, uncounted. */
const warmUpShare = 0.1;

export async function measureLoad(server: MeasuredProcess, load: Load): Promise<LoadCost> {
  await runLoad({ ...load, touchpoints: Math.ceil(load.touchpoints * warmUpShare) });
  const before = cpuSeconds(server);
  const { seconds, sent, retries } = await runLoad(load);
  return {
    touchpointsPerSecond: sent / seconds,
    cpuMicros: ((cpuSeconds(server) - before) * 1e6) / sent,
    retries,
  };
}

function runLoad(load: Load): Promise<LoadResult> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const child = fork(path.join(import.meta.dirname, 'load-process.ts'));
  child.once('message', (answer: { result: LoadResult } | { error: string }) => {
    if ('result' in answer) resolve(answer.result);
    else reject(new Error(`the load failed: ${answer.error}`));
  });
  child.once('exit', (code) => reject(new Error(`the load ended with ${code} before it answered`)));
  child.send(load);
  return promise;
}
