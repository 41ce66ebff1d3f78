/** How far behind identity is, for the summary line, which is written without waiting for anything. */
import type { Summary } from '@throughline/runtime';

export function watchLag(
  countPending: () => Promise<ReadonlyMap<number, number>>,
  summary: Pick<Summary, 'gauge'>,
  intervalMs = 5_000,
): () => void {
  let pending: number | null = null;
  summary.gauge('pendingRecords', () => pending);
  const timer = setInterval(() => {
    countPending().then(
      (byPartition) => (pending = [...byPartition.values()].reduce((sum, records) => sum + records, 0)),
      () => (pending = null),
    );
  }, intervalMs);
  return () => clearInterval(timer);
}
