/** How much of what was fetched is one batch: bounded by records and by characters, since one record can be a megabyte. */
import type { LogRecord } from './port.ts';

/** A handler holds a batch several times over (text, values, parameters of a statement), so it is small beside the heap. */
export const maxBatchCharacters = 4 * 1024 * 1024;

/** The length of the batch at the head of the queue: at least one record, whatever its size. */
export function measureBatch(queue: readonly LogRecord[], maxRecords: number): number {
  let characters = 0;
  let count = 0;
  for (const record of queue) {
    characters += charactersOf(record);
    if (count === maxRecords || (count > 0 && characters > maxBatchCharacters)) break;
    count += 1;
  }
  return count;
}

export function charactersOf({ key, value }: LogRecord): number {
  return key.length + value.length;
}
