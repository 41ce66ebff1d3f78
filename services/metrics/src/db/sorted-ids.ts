/** Sorted, so that every transaction takes its locks in one order. */
export function sortedIds(ids: Iterable<string>): string[] {
  return [...ids].sort();
}
