import type { Cohort } from '../../api/cohort-answers.ts';

/**
 * Of all cohorts together, the share that came back in each bucket: those who did, of the sizes of the cohorts whose bucket
 * is over. Cohorts weigh as much as they have customers. Null where no cohort has such a bucket.
 */
export function meanShares(cohorts: readonly Cohort[], buckets: number): (number | null)[] {
  return Array.from({ length: buckets }, (_value, index) => {
    // The first of the values is the size.
    const place = index + 1;
    const over = cohorts.filter(
      ({ values, partialFrom }) => place < values.length && (partialFrom === null || place < partialFrom),
    );
    const sizes = over.reduce((sum, { size }) => sum + size, 0);
    return sizes === 0 ? null : over.reduce((sum, { values }) => sum + (values[place] ?? 0), 0) / sizes;
  });
}

/** Customers of all cohorts together. */
export function sizeOf(cohorts: readonly Cohort[]): number {
  return cohorts.reduce((sum, { size }) => sum + size, 0);
}
