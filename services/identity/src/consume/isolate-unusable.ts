/**
 * One touchpoint that no table can hold must not stop the partition behind it: a batch that fails for its data is halved
 * until the one at fault is alone, and that one goes to the dead letters.
 */
import { sliceBatch, type PartitionBatch } from '@throughline/event-log';
import type { IdentityContext } from './identity-context.ts';
import { type BatchOutcome, resolveBatch } from './resolve-batch.ts';

/** The outcomes of the parts, in order; one when nothing was at fault. */
export async function resolveIsolating(
  context: IdentityContext,
  batch: PartitionBatch,
): Promise<BatchOutcome[]> {
  try {
    return [await resolveBatch(context, batch)];
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (batch.records.length === 1) return [await resolveBatch(context, batch, error.code)];
    context.summary.count('batchesHalved');
    const middle = Math.ceil(batch.records.length / 2);
    const first = await resolveIsolating(context, sliceBatch(batch, batch.records.slice(0, middle)));
    const second = await resolveIsolating(context, sliceBatch(batch, batch.records.slice(middle)));
    return [...first, ...second];
  }
}

/** Classes 22 (a value that a column cannot hold) and 54 (larger than a limit): the same at every attempt. */
function isDataError(error: unknown): error is Error & { code: string } {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' && (code.startsWith('22') || code.startsWith('54'));
}
