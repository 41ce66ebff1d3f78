/**
 * The segments of customers by their scores, as the R package rfm 0.3.0 has them in its introduction: the first one whose ranges
 * hold all three scores.
 *
 * @see https://cran.r-project.org/package=rfm
 */
import type { ScoreCell } from './valuation.ts';

type Range = readonly [lowest: number, highest: number];

interface SegmentRule {
  segment: string;
  recency: Range;
  frequency: Range;
  monetary: Range;
}

export const segmentRules: readonly SegmentRule[] = [
  { segment: 'Champions', recency: [5, 5], frequency: [5, 5], monetary: [5, 5] },
  { segment: 'Potential Loyalist', recency: [3, 5], frequency: [3, 5], monetary: [2, 5] },
  { segment: 'Loyal Customers', recency: [2, 4], frequency: [2, 4], monetary: [2, 4] },
  { segment: 'Promising', recency: [3, 4], frequency: [1, 3], monetary: [3, 5] },
  { segment: 'New Customers', recency: [4, 5], frequency: [1, 3], monetary: [1, 5] },
  { segment: "Can't Lose Them", recency: [1, 2], frequency: [3, 4], monetary: [4, 5] },
  { segment: 'At Risk', recency: [1, 2], frequency: [2, 5], monetary: [4, 5] },
  { segment: 'Need Attention', recency: [1, 3], frequency: [3, 5], monetary: [3, 5] },
  { segment: 'About To Sleep', recency: [2, 3], frequency: [1, 3], monetary: [1, 4] },
  { segment: 'Lost', recency: [1, 1], frequency: [1, 5], monetary: [1, 5] },
];

/** What no rule holds. */
export const otherSegment = 'Others';

export function segmentOf(scores: Pick<ScoreCell, 'recency' | 'frequency' | 'monetary'>): string {
  const holds = ([lowest, highest]: Range, score: number): boolean => lowest <= score && score <= highest;
  const rule = segmentRules.find(
    ({ recency, frequency, monetary }) =>
      holds(recency, scores.recency) &&
      holds(frequency, scores.frequency) &&
      holds(monetary, scores.monetary),
  );
  return rule?.segment ?? otherSegment;
}

export interface SegmentSums {
  segment: string;
  customers: number;
  orders: number;
  /** Net revenue, minor units. */
  net: number;
}

/** In the order of the rules, empty ones too; `Others` where there are any. */
export function sumSegments(cells: readonly ScoreCell[]): SegmentSums[] {
  const names = [...segmentRules.map(({ segment }) => segment), otherSegment];
  return names.flatMap((segment) => {
    const own = cells.filter((cell) => segmentOf(cell) === segment);
    if (segment === otherSegment && own.length === 0) return [];
    const sum = (name: 'customers' | 'orders' | 'net'): number =>
      own.reduce((total, cell) => total + cell[name], 0);
    return [{ segment, customers: sum('customers'), orders: sum('orders'), net: sum('net') }];
  });
}
