/** A batch is cut so that no transaction grows without bound: records differ in cost by a factor of a thousand. */

export interface PartLimits {
  maxWeight: number;
  /** Asked before each part. */
  maxCount: () => number;
}

/** Runs of at least one item, each as long as it is within both limits; a heavier item is alone. */
export function* cutByWeight<T>(
  items: readonly T[],
  { maxWeight, maxCount }: PartLimits,
  weightOf: (item: T) => number,
): Generator<readonly T[]> {
  for (let from = 0; from < items.length;) {
    const count = Math.max(1, maxCount());
    let weight = 0;
    let to = from;
    for (; to < items.length && to - from < count; to++) {
      weight += weightOf(items[to] as T);
      if (to > from && weight > maxWeight) break;
    }
    yield items.slice(from, to);
    from = to;
  }
}
