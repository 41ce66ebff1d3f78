/** Whether a partition can be read from an offset on, asked until the answer can be believed. */
import { setTimeout as delay } from 'node:timers/promises';
import { requireReachable } from '../log-halt.ts';
import type { KafkaAdmin, PartitionRange } from './kafka-admin.ts';

export interface ReachableRangeOptions {
  claim: { topic: string; partition: number };
  nextOffset: number;
  /** An end of the log below `nextOffset` has to last this long to be believed. */
  settleMs: number;
  signal: AbortSignal;
}

const looksWhileSettling = 10;

/**
 * A broker that has just become leader may not know yet how far the log is committed, and gives an end below what the
 * one before it has given out: only an end that stays below is a halt. (Seen at each of two failovers of three.)
 *
 * @throws LogHalt
 */
export async function findReachableRange(
  admin: Pick<KafkaAdmin, 'findRanges'>,
  { claim, nextOffset, settleMs, signal }: ReachableRangeOptions,
): Promise<Omit<PartitionRange, 'partition'>> {
  const deadline = performance.now() + settleMs;
  for (;;) {
    const ranges = await admin.findRanges(claim.topic);
    const range = ranges.find(({ partition }) => partition === claim.partition);
    const { beginOffset = 0, endOffset = 0 } = range ?? {};
    if (nextOffset <= endOffset || performance.now() > deadline) {
      requireReachable(nextOffset, beginOffset, endOffset);
      return { beginOffset, endOffset };
    }
    await delay(settleMs / looksWhileSettling, undefined, { signal });
  }
}
