/**
 * From `resolved.v1` to the figures. A batch is one transaction of the consumer loop: facts, memberships and figures.
 */
import { consumerGroups, topics, type ResolvedRecord } from '@throughline/contracts';
import { runConsumer, type Consumer, type RecordBatch, type Subscription } from '@throughline/event-log';
import { openTransactionOf } from '@throughline/postgres';
import type { Summary } from '@throughline/runtime';
import { consumerDependencies, type ConsumerParts } from '@throughline/runtime/service';
import { saveProgress } from '../db/save-progress.ts';
import { applyRecords, type AppliedRecords } from './apply-records.ts';
import { enterFigures } from './enter-figures.ts';
import type { FigureGenerations } from './figure-generations.ts';
import { logBatch } from './log-batch.ts';
import { parseResolved, type TracedRecord } from './parse-resolved.ts';
import type { StreamLoad } from './stream-load.ts';

export interface ConsumerOptions extends ConsumerParts {
  generations: FigureGenerations;
  summary: Summary;
  load: Pick<StreamLoad, 'noteBatch'>;
  /** Of `resolved.v1`. */
  partitions: number;
}

/** Of one transaction, so that it never locks without bound: a change of a large component is one record. */
const maxMemberships = 5_000;

export async function startConsuming(options: ConsumerOptions): Promise<Subscription> {
  const consumer: Consumer<TracedRecord, AppliedRecords> = {
    schema: 'metrics',
    group: consumerGroups.metrics,
    topic: topics.resolved,
    dividedPartitions: options.partitions,
    maxWeight: maxMemberships,
    parse: parseResolved,
    handle: (batch) => applyBatch(options.generations, batch),
    report: (handled) => {
      options.load.noteBatch(handled.records.length);
      logBatch(options, handled);
    },
  };
  return await runConsumer(consumer, consumerDependencies(options));
}

async function applyBatch(
  generations: FigureGenerations,
  { client, topic, partitions, records, neededKeys }: RecordBatch<ResolvedRecord>,
): Promise<AppliedRecords> {
  const partition = partitions[0]?.partition ?? 0;
  const { figures, built } = await enterFigures(client, generations);
  const applied = await applyRecords(client, figures, { partition, records }, neededKeys, built);
  const progress = partitions.flatMap(({ partition: each, records: ofPartition }) => {
    const processedThrough = latestReceipt(ofPartition);
    return processedThrough === null ? [] : [{ partition: each, processedThrough }];
  });
  if (progress.length > 0) openTransactionOf(client).runLast(() => saveProgress(client, topic, progress));
  return applied;
}

/** Of texts of one form, which ascend with time: to read a date a record would cost more. */
function latestReceipt(records: readonly ResolvedRecord[]): number | null {
  let latest = '';
  for (const record of records) {
    if (record.kind !== 'touchpoint.resolved') continue;
    const { receivedAt } = record.touchpoint;
    if (receivedAt > latest) latest = receivedAt;
  }
  return latest === '' ? null : Date.parse(latest);
}
