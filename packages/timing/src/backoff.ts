/** The wait between attempts: it grows with each failure in a row, up to a limit. */

export interface Backoff {
  /** After the first failure. */
  firstMs: number;
  longestMs: number;
  /** By which the wait grows with each failure. Default 2. */
  factor?: number;
}

/** The wait before the next attempt. @param failures in a row, at least 1 */
export function backoffMs({ firstMs, longestMs, factor = 2 }: Backoff, failures: number): number {
  return Math.min(longestMs, firstMs * factor ** (failures - 1));
}

/** Between half of a wait and all of it, so that those that failed together do not return together. @param chance in [0, 1) */
export function jittered(waitMs: number, chance: number): number {
  return waitMs * (0.5 + chance / 2);
}
