/** From days and values to places in a chart. */
import { max, min } from 'd3-array';
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { dayNumber } from '../text/days.ts';

export interface Point {
  day: string;
  value: number | null;
  /** The day is not over. */
  isPartial: boolean;
}

export interface Plot {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface LineScale {
  x: (day: number) => number;
  y: ScaleLinear<number, number>;
  from: number;
  to: number;
  /** The curve; gaps where there is no value. */
  path: (points: readonly Point[]) => string;
}

export interface ValueAxis {
  /** Never beyond 1. */
  isShare: boolean;
  /** Or from the lowest value. */
  isFromZero: boolean;
}

export function createLineScale(
  points: readonly Point[],
  plot: Plot,
  { isShare, isFromZero }: ValueAxis,
): LineScale {
  const from = dayNumber(points[0]?.day ?? '1970-01-01');
  const to = dayNumber(points.at(-1)?.day ?? '1970-01-01');
  const highest = max(points, ({ value }) => value) ?? 0;
  const lowest = isFromZero ? 0 : (min(points, ({ value }) => value) ?? 0);
  const x = scaleLinear([from, Math.max(to, from + 1)], [plot.left, plot.width - plot.right]);
  const y = scaleLinear(
    [lowest, highest === lowest ? lowest + 1 : highest],
    [plot.height - plot.bottom, plot.top],
  );
  if (isFromZero) y.nice(4);
  if (isShare && (y.domain()[1] ?? 0) > 1) y.domain([lowest, 1]);
  const draw = line<Point>()
    .defined(({ value }) => value !== null)
    .x(({ day }) => x(dayNumber(day)))
    .y(({ value }) => y(value ?? 0));
  return { x, y, from, to, path: (drawn) => draw([...drawn]) ?? '' };
}

/** The point nearest to a place. */
export function nearestPoint(points: readonly Point[], scale: LineScale, place: number): number {
  const first = scale.x(scale.from);
  const step = scale.x(scale.from + 1) - first;
  return Math.min(points.length - 1, Math.max(0, Math.round((place - first) / step)));
}
