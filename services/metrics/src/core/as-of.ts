/** A moment at which figures are asked for as they stood: the beginning of an epoch, and of all others the last one before. */
export interface AsOf {
  generation: number;
  /** The figures of the moment hold the changes of epochs with smaller numbers. */
  epoch: number;
  /** The last day that was closed. */
  closedThrough: number;
  /** When the epoch began, ms since 1970. */
  beganAt: number;
  /** Receipt time up to which the figures held everything, ms since 1970; null before the first touchpoint. */
  processedThrough: number | null;
}
