import type { Restatement } from '../../api/metrics-answers.ts';
import { dayNumber, dayText } from '../../text/days.ts';
import type { ShownFigure } from './figures.ts';

/** Series that each figure is made of; `first` is running totals, so its days after the first do not change `new`. */
const seriesOf: Readonly<Record<string, readonly string[]>> = {
  active: ['active'],
  retained: ['retained'],
  customersAtStart: [],
  new: ['first'],
};

/** Days of a figure that were changed after they were closed. */
export function restatedDays(items: readonly Restatement[], figure: ShownFigure): ReadonlySet<string> {
  const series = seriesOf[figure.name] ?? ['active', 'retained'];
  const days = new Set<string>();
  for (const item of items) {
    if (!series.includes(item.figure)) continue;
    for (let day = dayNumber(item.from); day <= dayNumber(item.to); day++) days.add(dayText(day));
  }
  return days;
}
