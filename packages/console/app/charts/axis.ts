/** Ticks of the two axes. Days are placed by number, so that a missing day would be a gap and not a shift. */
import { dayNumber, dayText } from '../text/days.ts';
import { formatDayAndMonth, formatMonth } from '../text/format.ts';

export interface Tick {
  value: number;
  text: string;
}

const longDays = 100;

/** @param from first day @param to last day @param most ticks that fit */
export function dayTicks(from: number, to: number, most: number): Tick[] {
  const days = to - from + 1;
  return days > longDays ? monthTicks(from, to, most) : stepTicks(from, to, most);
}

function stepTicks(from: number, to: number, most: number): Tick[] {
  const step = [1, 2, 7, 14, 28].find((candidate) => (to - from) / candidate < most) ?? 28;
  const ticks: Tick[] = [];
  // Back from the last day, which is the one that is looked for.
  for (let day = to; day >= from; day -= step) {
    ticks.unshift({ value: day, text: formatDayAndMonth(dayText(day)) });
  }
  return ticks;
}

function monthTicks(from: number, to: number, most: number): Tick[] {
  const months: Tick[] = [];
  const [year = 1970, month = 1] = dayText(from).split('-').map(Number);
  for (let index = 0; ; index++) {
    const first = new Date(Date.UTC(year, month - 1 + index, 1)).toISOString().slice(0, 10);
    const value = dayNumber(first);
    if (value > to) break;
    if (value >= from) months.push({ value, text: formatMonth(first) });
  }
  const step = [1, 2, 3, 6, 12].find((candidate) => months.length / candidate <= most) ?? 12;
  // Steps from the year's beginning, so that January is among them.
  return months.filter(({ value }) => (Number(dayText(value).slice(5, 7)) - 1) % step === 0);
}
