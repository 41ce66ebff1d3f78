/**
 * How fresh an answer is: what of the accepted touchpoints it can know about. A client that sees `pendingRecords: 0` may rely
 * on it, so it is measured after the request came and before the data are read, never taken from a cache.
 */
import { shareNext } from '@throughline/runtime';
import { withTimeout } from '@throughline/timing';
import { z } from 'zod';

export const freshnessSchema = z.object({
  processedThrough: z
    .string()
    .nullable()
    .describe('Touchpoints received up to this instant are in; null while this process does not know.'),
  pendingRecords: z
    .int()
    .nullable()
    .describe(
      'Accepted touchpoints that are not in yet, and rechecks: identifiers under which touchpoints may still move to ' +
        'other profiles. Null while the event log does not answer.',
    ),
});
export type Freshness = z.infer<typeof freshnessSchema>;

export interface Pending {
  /** By partition; a partition where nothing is pending may be absent. */
  records: ReadonlyMap<number, number>;
  rechecks: number;
}

export interface FreshnessSources {
  /** Latest receipt time that is in, by partition, as far as this process knows. */
  progress: () => ReadonlyMap<number, string>;
  countPending: () => Promise<Pending>;
  /** Called with a failure, at most once in 10 s: every request would meet it. */
  onFailure: (error: unknown) => void;
  timeoutMs?: number;
}

const reportEveryMs = 10_000;

export interface FreshnessReader {
  /** Never rejects. */
  read(): Promise<Freshness>;
}

export function createFreshness(sources: FreshnessSources): FreshnessReader {
  let reportedAt = Number.NEGATIVE_INFINITY;

  function report(error: unknown): void {
    if (performance.now() - reportedAt < reportEveryMs) return;
    reportedAt = performance.now();
    sources.onFailure(error);
  }

  return { read: shareNext(() => measure({ ...sources, onFailure: report })) };
}

async function measure(sources: FreshnessSources): Promise<Freshness> {
  // Read first: it may be older than the count, never newer.
  const progress = new Map(sources.progress());
  try {
    const { records, rechecks } = await withTimeout(
      sources.countPending(),
      sources.timeoutMs ?? 1_000,
      'the event log',
    );
    const pendingRecords = [...records.values()].reduce((sum, count) => sum + count, rechecks);
    return { processedThrough: processedThrough(progress, records), pendingRecords };
  } catch (error) {
    sources.onFailure(error);
    return { processedThrough: [...progress.values()].toSorted()[0] ?? null, pendingRecords: null };
  }
}

/** A partition where nothing is pending delays none; one that only another process knows leaves it unknown. */
function processedThrough(
  progress: ReadonlyMap<number, string>,
  pending: ReadonlyMap<number, number>,
): string | null {
  const behind = [...pending].flatMap(([partition, count]) => (count > 0 ? [progress.get(partition)] : []));
  if (behind.length === 0) return [...progress.values()].toSorted().at(-1) ?? null;
  const known = behind.filter((at) => at !== undefined);
  return known.length < behind.length ? null : (known.toSorted()[0] ?? null);
}
