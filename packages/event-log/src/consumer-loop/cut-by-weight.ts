/** A batch is cut so that no transaction grows without bound: records differ in cost by a factor of a thousand. */

/** Runs of at least one item, each as long as its weights sum to at most `maxWeight`; a heavier item is alone. */
export function cutByWeight<T>(items: readonly T[], maxWeight: number, weightOf: (item: T) => number): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let weight = 0;
  for (const item of items) {
    const itsWeight = weightOf(item);
    if (part.length > 0 && weight + itsWeight > maxWeight) {
      parts.push(part);
      part = [];
      weight = 0;
    }
    part.push(item);
    weight += itsWeight;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
