/**
 * What the watchdog of the consumers knows, for Prometheus and the summary line. Read when it is asked for, so ages grow
 * while nothing can be looked at, and a partition that went to another process disappears here.
 */
import type { ConsumerState, WatchReport } from '@throughline/event-log';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Summary } from './summary.ts';

export interface WatchSource {
  report(): WatchReport;
}

/** Only types come from the event log: the stack uses this package without loading a log's client. */
const everyState: Record<ConsumerState, true> = {
  consuming: true,
  idle: true,
  retrying: true,
  halted: true,
  stalled: true,
  unowned: true,
};
const consumerStates = Object.keys(everyState);

const partitionLabels = ['group', 'topic', 'partition'] as const;

export function exportConsumerWatch(
  watch: WatchSource,
  { registry, summary }: { registry: Registry; summary: Pick<Summary, 'gauge'> },
): void {
  exportConsumers(watch, registry);
  exportTotals(watch, registry);
  exportDeadLetters(watch, registry);
  exportOutbox(watch, registry);
  addToSummary(watch, summary);
}

function exportConsumers(watch: WatchSource, registry: Registry): void {
  const registers = [registry];
  const whose = 'for the partitions that this process owns and those without an owner';
  new Gauge({
    name: 'throughline_consumer_lag_records',
    help: `Records in the log that are not consumed, ${whose}`,
    labelNames: partitionLabels,
    registers,
    collect() {
      this.reset();
      for (const { lagRecords, ...of } of watch.report().consumers) this.set(labelsOf(of), lagRecords);
    },
  });
  new Gauge({
    name: 'throughline_consumer_lag_seconds',
    help: `For how long the first record that is not consumed has been in the log, 0 when there is none, ${whose}`,
    labelNames: partitionLabels,
    registers,
    collect() {
      this.reset();
      for (const { lagSeconds, ...of } of watch.report().consumers) this.set(labelsOf(of), lagSeconds);
    },
  });
  new Gauge({
    name: 'throughline_consumer_state',
    help: `1 for the state that a partition's consumer is in (${consumerStates.join(', ')}), ${whose}`,
    labelNames: [...partitionLabels, 'state'] as const,
    registers,
    collect() {
      this.reset();
      for (const consumer of watch.report().consumers) {
        for (const state of consumerStates) {
          this.set({ ...labelsOf(consumer), state }, Number(consumer.state === state));
        }
      }
    },
  });
  new Gauge({
    name: 'throughline_consumer_watch_age_seconds',
    help: 'For how long the consumers have not been looked at: above a minute the gauges of consumers are old',
    registers,
    collect() {
      this.set(watch.report().lookedSecondsAgo);
    },
  });
}

function exportTotals(watch: WatchSource, registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: 'throughline_consumer_retries_total',
    help: 'Batches that failed and were tried again',
    labelNames: partitionLabels,
    registers,
    collect() {
      this.reset();
      for (const { retries, ...of } of watch.report().totals) this.inc(labelsOf(of), retries);
    },
  });
  new Counter({
    name: 'throughline_consumer_halts_total',
    help: 'Times that the log did not hold what comes next, by reason',
    labelNames: [...partitionLabels, 'reason'] as const,
    registers,
    collect() {
      this.reset();
      for (const { halts, ...of } of watch.report().totals) {
        for (const [reason, count] of halts) this.inc({ ...labelsOf(of), reason }, count);
      }
    },
  });
  new Counter({
    name: 'throughline_consumer_client_replacements_total',
    help: 'Times that the client of the log crashed or fetched nothing in silence, and was replaced',
    labelNames: ['group'] as const,
    registers,
    collect() {
      this.reset();
      for (const { group, count } of watch.report().clientReplacements) this.inc({ group }, count);
    },
  });
}

/** Every code of every group from the start, 0 included: an increase from nothing to 1 is none for Prometheus. */
function exportDeadLetters(watch: WatchSource, registry: Registry): void {
  new Counter({
    name: 'throughline_dead_letters_total',
    help: 'Records that a consumer set aside, by group and code',
    labelNames: ['group', 'code'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { group, code, count } of watch.report().deadLetters) this.inc({ group, code }, count);
    },
  });
}

function exportOutbox(watch: WatchSource, registry: Registry): void {
  const gauges: { name: string; help: string; key: 'rows' | 'records' | 'oldestSeconds' }[] = [
    { name: 'throughline_outbox_rows', help: 'Rows that wait in the outbox, 10,000 at most', key: 'rows' },
    {
      name: 'throughline_outbox_records',
      help: 'Records in the rows that wait in the outbox',
      key: 'records',
    },
    {
      name: 'throughline_outbox_oldest_seconds',
      help: 'For how long the oldest row has waited in the outbox, 0 when there is none',
      key: 'oldestSeconds',
    },
  ];
  for (const { name, help, key } of gauges) {
    new Gauge({
      name,
      help,
      labelNames: ['schema'] as const,
      registers: [registry],
      collect() {
        const { outbox } = watch.report();
        if (outbox !== undefined) this.set({ schema: outbox.schema }, outbox[key]);
      },
    });
  }
}

/** Nothing while nothing is pending and all is well. */
function addToSummary(watch: WatchSource, summary: Pick<Summary, 'gauge'>): void {
  const consumers = () => watch.report().consumers;
  const countIn = (state: ConsumerState) => consumers().filter((one) => one.state === state).length;
  const unlessZero = (value: number): number | null => (value === 0 ? null : value);
  summary.gauge('lagRecords', () =>
    unlessZero(consumers().reduce((sum, { lagRecords }) => sum + lagRecords, 0)),
  );
  summary.gauge('lagSeconds', () =>
    unlessZero(Math.round(Math.max(0, ...consumers().map(({ lagSeconds }) => lagSeconds)))),
  );
  summary.gauge('haltedPartitions', () => unlessZero(countIn('halted')));
  summary.gauge('stalledPartitions', () => unlessZero(countIn('stalled')));
  summary.gauge('deadLetters', () =>
    unlessZero(watch.report().deadLetters.reduce((sum, { count }) => sum + count, 0)),
  );
  summary.gauge('outboxRecords', () => unlessZero(watch.report().outbox?.records ?? 0));
}

function labelsOf({ group, topic, partition }: { group: string; topic: string; partition: number }) {
  return { group, topic, partition: String(partition) };
}
