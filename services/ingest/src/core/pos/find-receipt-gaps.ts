/** Which numbers of a register's day never came. A function of the numbers alone: the order in which they came is no part of it. */
import type { ReceiptNumbering } from '../source-settings.ts';

/** Numbers that follow each other without a gap; both ends belong to it. */
export interface NumberRange {
  from: number;
  to: number;
}

export interface ReceiptGaps {
  missing: NumberRange[];
  /** In the order in which the register gave them. */
  first: number;
  last: number;
}

/**
 * Between two received numbers all others are missing. Where numbers begin again after `numbering.last`, they lie on a
 * circle, and the largest gap on it is what the register did not reach that day.
 *
 * @param received ascending, disjoint, not adjacent, never empty
 * @param expectedFirst the number that the day should begin with, where that is known
 */
export function findReceiptGaps(
  received: readonly NumberRange[],
  numbering: ReceiptNumbering | undefined,
  expectedFirst: number | null,
): ReceiptGaps {
  const [lowest] = received;
  const highest = received.at(-1);
  if (lowest === undefined || highest === undefined) throw new RangeError('no number was received');
  const between = received
    .slice(1)
    .map((range, index) => ({ from: (received[index]?.to ?? 0) + 1, to: range.from - 1 }));
  const circle = circleOf(numbering, lowest.from, highest.to);
  if (circle === null) {
    const before =
      expectedFirst !== null && expectedFirst < lowest.from
        ? [{ from: expectedFirst, to: lowest.from - 1 }]
        : [];
    return { missing: [...before, ...between], first: lowest.from, last: highest.to };
  }
  return gapsOnCircle({ between, lowest: lowest.from, highest: highest.to }, circle, expectedFirst);
}

/** Null where numbers only ascend, or lie outside of what the settings say. */
function circleOf(
  numbering: ReceiptNumbering | undefined,
  lowest: number,
  highest: number,
): { first: number; last: number } | null {
  if (numbering?.last === undefined || highest > numbering.last || lowest < numbering.first) return null;
  return { first: numbering.first, last: numbering.last };
}

/** The number that a day begins with after one that ended with `last`. */
export function numberAfter(last: number, numbering: ReceiptNumbering): number {
  return last === numbering.last ? numbering.first : last + 1;
}

function gapsOnCircle(
  { between, lowest, highest }: { between: readonly NumberRange[]; lowest: number; highest: number },
  circle: { first: number; last: number },
  expectedFirst: number | null,
): ReceiptGaps {
  const outer = circle.last - highest + (lowest - circle.first);
  const largest = between.reduce<NumberRange | null>(
    (found, gap) => (sizeOf(gap) > (found === null ? outer : sizeOf(found)) ? gap : found),
    null,
  );
  // Null when the day does not pass over the end of the circle.
  const first = largest === null ? lowest : largest.to + 1;
  const last = largest === null ? highest : largest.from - 1;
  const unreached = largest === null ? rangesOver(highest + 1, lowest - 1, circle) : [largest];
  const before = unreached.some(
    ({ from, to }) => expectedFirst !== null && expectedFirst >= from && expectedFirst <= to,
  )
    ? rangesOver(expectedFirst ?? first, first - 1, circle)
    : [];
  const overTheEnd = largest === null ? [] : rangesOver(highest + 1, lowest - 1, circle);
  const missing = [...before, ...between.filter((gap) => gap !== largest), ...overTheEnd];
  return { missing: missing.toSorted((left, right) => left.from - right.from), first, last };
}

/** From one number to another in the direction of the register, which may lead over the end: then they are two ranges. */
function rangesOver(from: number, to: number, circle: { first: number; last: number }): NumberRange[] {
  const ranges =
    from <= to
      ? [{ from, to }]
      : [
          { from, to: circle.last },
          { from: circle.first, to },
        ];
  return ranges.filter((range) => range.from <= range.to);
}

export function sizeOf({ from, to }: NumberRange): number {
  return to - from + 1;
}
