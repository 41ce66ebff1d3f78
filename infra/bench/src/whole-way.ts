/** HTTP batches in, profiles and figures out: timed until every figure is what the stream says it must be. */
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, type MeasuredProcess, peakMemoryMiB } from './process-usage.ts';
import { runDriver } from './run-driver.ts';
import type { StackUnderTest } from './stack-under-test.ts';
import { createWorkload, type StreamRef, type Workload } from './workload.ts';

export interface WholeWay {
  touchpoints: number;
  /** From the first request to the last figure. */
  touchpointsPerSecond: number;
  acknowledgedPerSecond: number;
  retries: number;
  cpuMicros: Record<string, number>;
  peakMemoryMiB: Record<string, number>;
}

export interface Latency {
  p50: number;
  p99: number;
  count: number;
}

export interface HalfLoad {
  touchpointsPerSecond: number;
  acknowledgementMs: Latency;
  batchAcknowledgementMs: Latency;
  profileVisibleMs: Latency;
  metricsVisibleMs: Latency;
  profileGetMs: Latency;
}

const stalledAfterMs = 120_000;

/**
 * @param others what works for the stack and is not of it: the database, the broker
 * @param before customers of streams that were sent before and count on the same day
 */
export async function measureWholeWay(
  stack: StackUnderTest,
  stream: StreamRef,
  others: readonly MeasuredProcess[],
  before: ReadonlySet<string> = new Set(),
): Promise<WholeWay> {
  const processes = [...stack.processes, ...others];
  const cpuBefore = processes.map(cpuSeconds);
  const workload = createWorkload(stream);
  const began = performance.now();
  const sent = await runDriver({
    job: 'send',
    url: `${stack.urls.ingest}/v1/batch`,
    key: stream.workload === 'shop' ? stack.keys.write : stack.keys.server,
    stream,
    batchSize: 100,
    concurrency: 8,
    rate: null,
    repeatFirstBatches: null,
  });
  await waitForFigures(stack, workload, new Set([...before, ...workload.customers]).size);
  const seconds = (performance.now() - began) / 1000;
  const micros = (_: unknown, index: number): number => {
    const measured = processes[index];
    return measured ? ((cpuSeconds(measured) - (cpuBefore[index] ?? 0)) * 1e6) / stream.touchpoints : 0;
  };
  return {
    touchpoints: stream.touchpoints,
    touchpointsPerSecond: stream.touchpoints / seconds,
    acknowledgedPerSecond: stream.touchpoints / sent.seconds,
    retries: sent.retries,
    cpuMicros: Object.fromEntries(
      processes.map((measured, index) => [measured.name, micros(measured, index)]),
    ),
    peakMemoryMiB: Object.fromEntries(processes.map((measured) => [measured.name, peakMemoryMiB(measured)])),
  };
}

/** Throws when the figures stand still at a wrong value: then the speed is not worth reporting. */
async function waitForFigures(
  stack: StackUnderTest,
  { expected }: Workload,
  expectedActive: number,
): Promise<void> {
  const query = new URLSearchParams({
    window: String(expected.window),
    activity: expected.activity,
    from: expected.day,
    to: expected.day,
  });
  let last = '';
  let changedAt = performance.now();
  for (;;) {
    const answer = await fetch(`${stack.urls.metrics}/v1/metrics/growth?${query.toString()}`, {
      headers: { authorization: `Bearer ${stack.keys.read}` },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`growth answered ${answer.status}: ${text.slice(0, 300)}`);
    const { days, freshness } = JSON.parse(text) as {
      days: { active: number }[];
      freshness: { pendingRecords: number };
    };
    const active = days[0]?.active;
    if (active === expectedActive && freshness.pendingRecords === 0) return;
    if (text !== last) changedAt = performance.now();
    last = text;
    if (performance.now() - changedAt > stalledAfterMs) {
      throw new Error(
        `the figures do not change: ${active} active customers with ${freshness.pendingRecords} records pending, ` +
          `expected ${expectedActive}: the run fails (the stack's lines are in ${stack.logFile})`,
      );
    }
    await delay(100);
  }
}

export async function measureHalfLoad(
  stack: StackUnderTest,
  stream: StreamRef,
  rate: number,
  seconds: number,
): Promise<HalfLoad> {
  const [sent, probed] = await Promise.all([
    runDriver({
      job: 'send',
      url: `${stack.urls.ingest}/v1/batch`,
      key: stream.workload === 'shop' ? stack.keys.write : stack.keys.server,
      stream: { ...stream, touchpoints: Math.ceil(rate * (seconds + 2)) },
      batchSize: 100,
      concurrency: 8,
      rate,
      repeatFirstBatches: null,
    }),
    runDriver({
      job: 'probe',
      ingestUrl: stack.urls.ingest,
      identityUrl: stack.urls.identity,
      metricsUrl: stack.urls.metrics,
      serverKey: stack.keys.server,
      readKey: stack.keys.read,
      run: stream.run,
      seconds,
      concurrency: 2,
    }),
  ]);
  return {
    touchpointsPerSecond: sent.sent / sent.seconds,
    acknowledgementMs: latencyOf(probed.acknowledgementMs),
    batchAcknowledgementMs: latencyOf(sent.acknowledgementMs),
    profileVisibleMs: latencyOf(probed.profileVisibleMs),
    metricsVisibleMs: latencyOf(probed.metricsVisibleMs),
    profileGetMs: latencyOf(probed.profileGetMs),
  };
}

/** Nearest rank. */
function latencyOf(samplesMs: readonly number[]): Latency {
  const sorted = samplesMs.toSorted((a, b) => a - b);
  const rank = (share: number): number =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: rank(0.5), p99: rank(0.99), count: sorted.length };
}
