/** How far the consumers are, by the gauges of the process that answers: what it owns, and what no process owns. */
import { alignColumns } from './align-columns.ts';
import { formatCount, formatDuration } from './progress-text.ts';
import { readSamples } from './prometheus-text.ts';

export interface ConsumerStatus {
  group: string;
  topic: string;
  partition: number;
  /** `consuming idle retrying halted stalled unowned` */
  state: string;
  /** Records that are not consumed. */
  lagRecords: number;
  /** For how long the first of them has waited. */
  lagSeconds: number;
}

export interface OutboxStatus {
  schema: string;
  records: number;
  /** Of the row that has waited longest. */
  oldestSeconds: number;
}

export function readConsumers(text: string): ConsumerStatus[] {
  const keyOf = ({ group, topic, partition }: Record<string, string>) => `${group}/${topic}/${partition}`;
  const valuesOf = (name: string) =>
    new Map(readSamples(text, name).map(({ labels, value }) => [keyOf(labels), value]));
  const records = valuesOf('throughline_consumer_lag_records');
  const seconds = valuesOf('throughline_consumer_lag_seconds');
  return readSamples(text, 'throughline_consumer_state')
    .filter(({ value }) => value === 1)
    .map(({ labels }) => ({
      group: labels['group'] ?? '',
      topic: labels['topic'] ?? '',
      partition: Number(labels['partition']),
      state: labels['state'] ?? '',
      lagRecords: records.get(keyOf(labels)) ?? 0,
      lagSeconds: Math.round(seconds.get(keyOf(labels)) ?? 0),
    }));
}

export function readOutbox(text: string): OutboxStatus[] {
  const oldest = readSamples(text, 'throughline_outbox_oldest_seconds');
  return readSamples(text, 'throughline_outbox_records').map(({ labels, value }) => ({
    schema: labels['schema'] ?? '',
    records: value,
    oldestSeconds: Math.round(
      oldest.find((sample) => sample.labels['schema'] === labels['schema'])?.value ?? 0,
    ),
  }));
}

const troublesShown = 3;

/** A head, a line a group, a line an outbox; partitions in trouble by name, a few of them. */
export function consumerLines(
  consumers: readonly ConsumerStatus[],
  outboxes: readonly OutboxStatus[],
): string[] {
  const groups = Map.groupBy(consumers, ({ group }) => group);
  const ofGroups = [...groups].map(([group, partitions]) => {
    const lag = partitions.reduce((sum, { lagRecords }) => sum + lagRecords, 0);
    const waits = Math.max(...partitions.map(({ lagSeconds }) => lagSeconds));
    return [group, formatCount(lag), sinceOf(lag, waits), troublesOf(partitions)];
  });
  const ofOutboxes = outboxes.map(({ schema, records, oldestSeconds }) => [
    `outbox of ${schema}`,
    formatCount(records),
    sinceOf(records, oldestSeconds),
    '',
  ]);
  return alignColumns([['consumers', 'lag', 'waits', ''], ...ofGroups, ...ofOutboxes])
    .split('\n')
    .map((line) => `  ${line}`);
}

function sinceOf(lag: number, waits: number): string {
  return lag === 0 ? '-' : formatDuration(waits);
}

function troublesOf(partitions: readonly ConsumerStatus[]): string {
  const troubles = partitions
    .filter(({ state }) => state !== 'idle' && state !== 'consuming')
    .map(({ state, topic, partition }) => `${state.toUpperCase()} ${topic}/${partition}`);
  const more = troubles.length - troublesShown;
  return troubles.slice(0, troublesShown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
