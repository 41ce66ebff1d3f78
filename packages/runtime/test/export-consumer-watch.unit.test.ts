import type { WatchReport } from '@throughline/event-log';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { exportConsumerWatch } from '../src/index.ts';

const partition = { group: 'identity', topic: 'touchpoints.v1', partition: 0 };
const healthy: WatchReport = {
  consumers: [{ ...partition, state: 'idle', haltReason: null, lagRecords: 0, lagSeconds: 0 }],
  outbox: { schema: 'identity', rows: 0, records: 0, oldestSeconds: 0, isStalled: false },
  totals: [{ ...partition, retries: 0, halts: new Map() }],
  clientReplacements: [{ group: 'identity', count: 0 }],
  deadLetters: [{ group: 'identity', code: 'unreadable_record', count: 0 }],
  lookedSecondsAgo: 1.5,
};
const labels = 'group="identity",topic="touchpoints.v1",partition="0"';

function exportReport() {
  let report = healthy;
  const registry = new Registry();
  const gauges = new Map<string, () => number | null>();
  exportConsumerWatch(
    { report: () => report },
    { registry, summary: { gauge: (name, read) => void gauges.set(name, read) } },
  );
  return {
    set: (next: Partial<WatchReport>) => (report = { ...healthy, ...next }),
    metrics: () => registry.metrics(),
    summary: () =>
      Object.fromEntries(
        [...gauges].map(([name, read]) => [name, read()]).filter(([, value]) => value !== null),
      ),
  };
}

describe('what the watchdog knows', () => {
  test('is nothing in the summary while nothing is pending and all is well, but stands in the metrics', async () => {
    const { metrics, summary } = exportReport();
    expect(summary()).toEqual({});
    const text = await metrics();
    expect(text).toContain(`throughline_consumer_lag_records{${labels}} 0`);
    expect(text).toContain(`throughline_consumer_lag_seconds{${labels}} 0`);
    expect(text).toContain(`throughline_consumer_state{${labels},state="idle"} 1`);
    expect(text).toContain(`throughline_consumer_state{${labels},state="stalled"} 0`);
    expect(text).toContain(`throughline_consumer_retries_total{${labels}} 0`);
    expect(text).toContain('throughline_consumer_client_replacements_total{group="identity"} 0');
    expect(text).toContain('throughline_dead_letters_total{group="identity",code="unreadable_record"} 0');
    expect(text).toContain('throughline_consumer_watch_age_seconds 1.5');
    expect(text).toContain('throughline_outbox_oldest_seconds{schema="identity"} 0');
  });

  test('is lag, halts and stalls where there are some; counters keep their totals however often they are read', async () => {
    const { set, metrics, summary } = exportReport();
    set({
      consumers: [
        { ...partition, state: 'stalled', haltReason: null, lagRecords: 5, lagSeconds: 75.2 },
        { ...partition, partition: 1, state: 'halted', haltReason: 'x', lagRecords: 2, lagSeconds: 9 },
      ],
      outbox: { schema: 'identity', rows: 2, records: 40, oldestSeconds: 3.5, isStalled: false },
      totals: [{ ...partition, retries: 3, halts: new Map([['log_ends_below_offset', 2]]) }],
      clientReplacements: [{ group: 'identity', count: 4 }],
      deadLetters: [
        { group: 'identity', code: 'unreadable_record', count: 2 },
        { group: 'identity', code: 'record_failed', count: 1 },
      ],
    });
    expect(summary()).toEqual({
      lagRecords: 7,
      lagSeconds: 75,
      haltedPartitions: 1,
      stalledPartitions: 1,
      deadLetters: 3,
      outboxRecords: 40,
    });
    await metrics();
    const text = await metrics();
    expect(text).toContain(`throughline_consumer_state{${labels},state="stalled"} 1`);
    expect(text).toContain(`throughline_consumer_retries_total{${labels}} 3`);
    expect(text).toContain(`throughline_consumer_halts_total{${labels},reason="log_ends_below_offset"} 2`);
    expect(text).toContain('throughline_consumer_client_replacements_total{group="identity"} 4');
    expect(text).toContain('throughline_dead_letters_total{group="identity",code="record_failed"} 1');
    expect(text).toContain('throughline_outbox_rows{schema="identity"} 2');
  });

  test('leaves a partition out that went to another process', async () => {
    const { set, metrics } = exportReport();
    await metrics();
    set({ consumers: [] });
    const text = await metrics();
    expect(text).not.toContain('throughline_consumer_lag_records{');
    expect(text).not.toContain('throughline_consumer_state{');
  });
});
