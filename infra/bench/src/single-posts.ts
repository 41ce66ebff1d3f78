/** Touchpoints that come one a request: what a request costs ingest, beside what it costs fastify to parse and drop it. */
import { cpuSeconds, type MeasuredProcess } from './process-usage.ts';
import { runDriver } from './run-driver.ts';
import type { StreamRef } from './workload.ts';

export interface SinglePosts {
  touchpointsPerSecond: number;
  /** CPU µs a touchpoint of the server alone. */
  cpuMicros: number;
}

/** So many that they are gathered into common writes, as those of many visitors at once are. */
const requestsUnderWay = 32;
const warmUp = 2_000;
const measured = 10_000;

export async function measureSinglePosts(
  server: MeasuredProcess,
  url: string,
  key: string,
  stream: StreamRef,
): Promise<SinglePosts> {
  const send = (touchpoints: number, run: string) =>
    runDriver({
      job: 'send',
      url: `${url}/v1/batch`,
      key,
      stream: { ...stream, touchpoints, run },
      batchSize: 1,
      concurrency: requestsUnderWay,
      rate: null,
      repeatFirstBatches: null,
    });
  await send(warmUp, `${stream.run}w`);
  const before = cpuSeconds(server);
  const { seconds } = await send(measured, `${stream.run}s`);
  return {
    touchpointsPerSecond: measured / seconds,
    cpuMicros: ((cpuSeconds(server) - before) * 1e6) / measured,
  };
}
