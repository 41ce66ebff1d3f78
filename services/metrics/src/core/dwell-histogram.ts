/** How long ended spells took, from the exact histogram of their lengths. */

export interface SpellCount {
  /** Of the length; one more than the longest for all longer ones. */
  days: number;
  spells: number;
}

export interface DwellSummary {
  ended: number;
  /** Ended spells that were longer than the longest length that is counted apart. */
  longer: number;
  /** Days; null without an ended spell, or where it is among the longer ones. */
  mean: number | null;
  median: number | null;
  p25: number | null;
  p75: number | null;
  p90: number | null;
  /** Ascending, without the longer ones. */
  histogram: SpellCount[];
}

export function summarizeDwell(counts: readonly SpellCount[], longestSpell: number): DwellSummary {
  const byDays = Map.groupBy(counts, ({ days }) => days);
  const histogram = [...byDays]
    .map(([days, same]) => ({ days, spells: total(same) }))
    .filter(({ days, spells }) => days <= longestSpell && spells !== 0)
    .toSorted((left, right) => left.days - right.days);
  const longer = total(counts.filter(({ days }) => days > longestSpell));
  const ended = total(histogram) + longer;
  const days = histogram.reduce((sum, one) => sum + one.days * one.spells, 0);
  return {
    ended,
    longer,
    mean: ended === 0 || longer > 0 ? null : days / ended,
    median: quantile(histogram, ended, 0.5),
    p25: quantile(histogram, ended, 0.25),
    p75: quantile(histogram, ended, 0.75),
    p90: quantile(histogram, ended, 0.9),
    histogram,
  };
}

/** The least number of days within which at least the share of the spells had ended (type 1 of Hyndman and Fan, 1996). */
function quantile(histogram: readonly SpellCount[], ended: number, share: number): number | null {
  if (ended === 0) return null;
  let counted = 0;
  for (const { days, spells } of histogram) {
    counted += spells;
    if (counted >= share * ended) return days;
  }
  return null;
}

function total(counts: readonly SpellCount[]): number {
  return counts.reduce((sum, { spells }) => sum + spells, 0);
}
