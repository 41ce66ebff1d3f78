/** What several runs of the same have in common: their middle, and how far apart they are. */
export interface Spread {
  median: number;
  least: number;
  most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}

/** Whether every run of the one is below every run of the other: a difference that chance seldom makes. */
export function areApart(one: Spread, other: Spread): boolean {
  return one.most < other.least || other.most < one.least;
}
