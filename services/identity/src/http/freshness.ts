/**
 * How fresh an answer is: what of the accepted touchpoints it can know about. Who sees `pendingRecords: 0` may rely on it,
 * so it is measured after the request came and before the data are read, never taken from a cache.
 */
import { z } from 'zod';

export const freshnessSchema = z.object({
  processedThrough: z
    .string()
    .nullable()
    .describe('Touchpoints received up to this instant are in; null when this process has seen none.'),
  pendingRecords: z
    .int()
    .nullable()
    .describe('Accepted touchpoints that are not in yet; null while the event log does not answer.'),
});
export type Freshness = z.infer<typeof freshnessSchema>;

export interface FreshnessSources {
  processedThrough: () => string | null;
  /** Sum over all partitions. */
  countPending: () => Promise<number>;
  /** Told of a failure, at most once in 10 s: every request would meet it. */
  onFailure: (error: unknown) => void;
  timeoutMs?: number;
}

const tellEveryMs = 10_000;

export interface FreshnessReader {
  /** Never rejects. */
  read(): Promise<Freshness>;
}

/**
 * Requests that come while a measurement is under way share the next one: one that has begun may be older than they are,
 * and one at a time is enough whatever the load.
 */
export function createFreshness(sources: FreshnessSources): FreshnessReader {
  let underWay: Promise<Freshness> | null = null;
  let next: Promise<Freshness> | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;

  function tell(error: unknown): void {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    sources.onFailure(error);
  }

  function begin(): Promise<Freshness> {
    const measurement = measure({ ...sources, onFailure: tell });
    underWay = measurement;
    const settle = (): void => {
      if (underWay === measurement) underWay = null;
    };
    void measurement.then(settle, settle);
    return measurement;
  }

  return {
    read() {
      if (underWay === null) return begin();
      next ??= underWay.then(() => {
        next = null;
        return begin();
      });
      return next;
    },
  };
}

async function measure(sources: FreshnessSources): Promise<Freshness> {
  // Read first: it may be older than the count, never newer.
  const processedThrough = sources.processedThrough();
  try {
    const pendingRecords = await withTimeout(sources.countPending(), sources.timeoutMs ?? 1_000);
    return { processedThrough, pendingRecords };
  } catch (error) {
    sources.onFailure(error);
    return { processedThrough, pendingRecords: null };
  }
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the event log did not answer in time')), timeoutMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
