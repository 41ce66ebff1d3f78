import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createLogger, createSummary } from '../src/index.ts';

function summaryOf() {
  const lines: string[] = [];
  const logger = createLogger({
    service: 's',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const registry = new Registry();
  const summary = createSummary({ logger, service: 'test', intervalMs: 3_600_000, registry });
  return {
    summary,
    registry,
    parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('a summary', () => {
  test('says what was counted, measured and stands, once, and nothing of a while without events', async () => {
    const { summary, registry, parsed } = summaryOf();
    summary.gauge('open', () => 7);
    summary.gauge('unknown', () => null);
    summary.flush();
    expect(parsed()).toEqual([]);
    summary.count('plain');
    summary.count('plain', 2);
    summary.count('byReason', 1, 'blank');
    summary.count('byReason', 3, 'long');
    summary.count('nothing', 0);
    for (let ms = 1; ms <= 100; ms++) summary.timing('batch', ms);
    summary.flush();
    summary.flush();
    expect(parsed()).toHaveLength(1);
    expect(parsed()[0]).toMatchObject({
      event: 'service.summary',
      counters: { plain: 3, byReason: { blank: 1, long: 3 } },
      gauges: { open: 7 },
      timings: { batch: { count: 100, p50Ms: 51, p99Ms: 100, maxMs: 100 } },
    });
    const metrics = await registry.metrics();
    expect(metrics).toContain('throughline_test_nothing_total 0');
    expect(metrics).toContain('throughline_test_plain_total 3');
    expect(metrics).toContain('throughline_test_by_reason_total{label="long"} 3');
    summary.stop();
  });

  test('exports ages as a histogram, in seconds', async () => {
    const { summary, registry, parsed } = summaryOf();
    for (const ms of [20, 80, 4_000_000]) summary.age('freshness', ms);
    summary.flush();
    expect(parsed()[0]).toMatchObject({ timings: { freshness: { count: 3, maxMs: 4_000_000 } } });
    const metrics = await registry.metrics();
    expect(metrics).toContain('throughline_test_freshness_seconds_bucket{le="0.1"} 2');
    expect(metrics).toContain('throughline_test_freshness_seconds_sum 4000.1');
    summary.stop();
  });

  test('keeps bounded memory and labels, whatever is counted', () => {
    const { summary, parsed } = summaryOf();
    for (let index = 0; index < 1_000; index++) summary.count('wild', 1, `label-${index}`);
    for (let index = 0; index < 100_000; index++) summary.timing('batch', index % 10);
    summary.stop();
    const { counters, timings } = parsed()[0] as {
      counters: { wild: object };
      timings: { batch: { count: number } };
    };
    expect(Object.keys(counters.wild).length).toBeLessThanOrEqual(51);
    expect(counters.wild).toMatchObject({ other: 950 });
    expect(timings.batch).toMatchObject({ count: 100_000, maxMs: 9 });
  });
});
