/** Which profiles are behind a figure of growth accounting on a day, by the days on which they had the activity. */

export const growthFigures = [
  'active',
  'customersAtStart',
  'retained',
  'churned',
  'new',
  'reactivated',
] as const;
export type GrowthFigure = (typeof growthFigures)[number];

/** Of a profile; null where there is none. */
export interface DecisiveDays {
  /** The last active day by the day asked for. */
  last: number | null;
  /** The last active day by the day a window before it. */
  before: number | null;
}

/** The last active day of these profiles is in this range, by the day asked for or by the one a window before. */
export interface SearchedDays {
  by: keyof DecisiveDays;
  /** Both included. */
  from: number;
  to: number;
}

/** Every profile behind the figure is found at its last active day, and so once. */
export function searchedDays(figure: GrowthFigure, day: number, window: number): SearchedDays {
  return figure === 'customersAtStart' || figure === 'churned'
    ? { by: 'before', from: day - 2 * window + 1, to: day - window }
    : { by: 'last', from: day - window + 1, to: day };
}

/** @param day the day asked for */
export function growthFiguresOf({ last, before }: DecisiveDays, day: number, window: number): GrowthFigure[] {
  const isActive = last !== null && last > day - window;
  const wasActive = before !== null && before > day - 2 * window;
  const figures: GrowthFigure[] = [];
  if (isActive) figures.push('active');
  if (wasActive) figures.push('customersAtStart', isActive ? 'retained' : 'churned');
  else if (isActive) figures.push(before === null ? 'new' : 'reactivated');
  return figures;
}
