/** The figures of a run on Kafka, as a person reads them. */
import type { KafkaCeiling } from './ceilings.ts';
import type { ClientShare } from './client-share.ts';
import type { KafkaCost } from './kafka-cost-job.ts';

export function kafkaCeilingLines(ceilings: readonly KafkaCeiling[]): string[] {
  if (ceilings.length === 0) return [];
  return [
    '',
    'Kafka, records of about 1 KB        append/s    µs CPU     read/s    µs CPU  (of one Node process)',
    ...ceilings.flatMap(({ batchSize, kafkajs, eventLog }) => [
      costRow(`bare kafkajs, batches of ${batchSize}`, kafkajs),
      costRow(`event log, batches of ${batchSize}`, eventLog),
    ]),
  ];
}

function costRow(name: string, { append, read }: { append: KafkaCost; read: KafkaCost }): string {
  const cells = [append, read].map(
    ({ recordsPerSecond, cpuMicros }) =>
      recordsPerSecond.toFixed(0).padStart(11) + cpuMicros.toFixed(1).padStart(10),
  );
  return `  ${name.padEnd(31)}${cells.join('')}`;
}

/** Shares of each service's busy time, and the client's in µs of the run that was not profiled. */
export function clientShareLines(
  shares: Readonly<Record<string, ClientShare>>,
  cpuMicros: Readonly<Record<string, number>>,
): string[] {
  return [
    '',
    `where services are busy, %        kafkajs  Node for it   zstd  adapter     GC  native   rest   kafkajs, µs`,
    ...Object.entries(shares).map(([service, share]) => {
      const { client, nodeForClient, zstd, adapter, garbageCollector, native, rest } = share;
      const micros = (client + nodeForClient) * (cpuMicros[service] ?? Number.NaN);
      return (
        `  ${service.padEnd(31)}${percent(client, 8)}${percent(nodeForClient, 13)}${percent(zstd, 7)}` +
        `${percent(adapter, 9)}${percent(garbageCollector, 7)}${percent(native, 8)}${percent(rest, 7)}` +
        micros.toFixed(1).padStart(14)
      );
    }),
  ];
}

function percent(share: number, width: number): string {
  return (share * 100).toFixed(1).padStart(width);
}
