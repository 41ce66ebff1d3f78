/** From the days of growth accounting to what is drawn and said of one figure. */
import type { GrowthDay } from '../../api/metrics-answers.ts';
import type { Point } from '../../charts/line-scale.ts';
import { formatChange, formatCount } from '../../text/format.ts';
import type { ShownFigure } from './figures.ts';

export function pointsOf(figure: ShownFigure, days: readonly GrowthDay[]): Point[] {
  return days.map((day) => ({ day: day.day, value: figure.valueOf(day), isPartial: day.partial }));
}

/** Against the same figure a week before. */
export function changeText(figure: ShownFigure, before: GrowthDay, after: GrowthDay): string {
  const [from, to] = [figure.valueOf(before), figure.valueOf(after)];
  if (from === null || to === null) return 'no figure a week before';
  if (figure.isShare) return `${formatChange(Math.round((to - from) * 1_000) / 10)} pts in a week`;
  const change = Math.round((to - from) * 100) / 100;
  return change === 0 ? 'as a week before' : `${formatChange(change)} in a week`;
}

/** A share with the counts that it is made of. */
export function partsOf(figure: ShownFigure, day: GrowthDay): string | null {
  if (!figure.isShare) return null;
  const part = figure.name === 'churn' ? day.churned : day.retained;
  return `${formatCount(part)} of ${formatCount(day.customersAtStart)} customers`;
}
