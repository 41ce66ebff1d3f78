/** A matrix of cohorts from its sums: a row for each period, empty ones too, with as many buckets as have begun. */
import type { CohortMode } from './cohort-definition.ts';
import type { PeriodNumbers } from './period-numbers.ts';

/** Buckets from the first to the last, both included; `to` null for all later ones. */
export interface Bracket {
  from: number;
  to: number | null;
}

export interface CohortSum {
  /** From 1, the first cohort of the question. */
  cohort: number;
  /** `bucket` 0 is the size; `bracket` numbers those of the question from 1. */
  by: 'bucket' | 'previous' | 'bracket';
  key: number;
  amount: number;
}

export interface CohortQuestion {
  numbers: PeriodNumbers;
  mode: CohortMode;
  cap: number;
  /** Numbers of the first and the last cohort. */
  first: number;
  last: number;
  /** Null for each bucket by itself. */
  brackets: readonly Bracket[] | null;
  /** Each bucket and all later ones. */
  unbounded: boolean;
  today: number;
}

export interface Cohort {
  /** First day of its period. */
  start: number;
  size: number;
  /** The size, and those who came back in each bucket that has begun. */
  values: number[];
  /** From which of the values on the buckets are not over; null when all are. */
  partialFrom: number | null;
}

/** The buckets of the answer, in the order of the values after the size. */
export function bracketsOf({ brackets, unbounded, cap }: CohortQuestion): readonly Bracket[] {
  if (brackets !== null) return brackets;
  return Array.from({ length: cap }, (_value, index) => ({
    from: index + 1,
    to: unbounded ? null : index + 1,
  }));
}

export function reportCohorts(sums: readonly CohortSum[], question: CohortQuestion): Cohort[] {
  const { numbers, first, last, today, cap } = question;
  const brackets = bracketsOf(question);
  const byCohort = Map.groupBy(sums, ({ cohort }) => cohort);
  const cohorts: Cohort[] = [];
  for (let number = first; number <= last; number++) {
    const own = byCohort.get(number - first + 1) ?? [];
    const size = sumWhere(own, 'bucket', (bucket) => bucket === 0);
    const values = [size];
    let partialFrom = numbers.startOf(number + 1) > today ? 0 : null;
    for (const [index, bracket] of brackets.entries()) {
      if (numbers.startOf(number + bracket.from) > today) break;
      values.push(valueOf(own, index, bracket, question));
      const end = numbers.startOf(number + (bracket.to ?? cap) + 1);
      if (partialFrom === null && end > today) partialFrom = index + 1;
    }
    cohorts.push({ start: numbers.startOf(number), size, values, partialFrom });
  }
  return cohorts;
}

function valueOf(
  sums: readonly CohortSum[],
  index: number,
  { from }: Bracket,
  { brackets, unbounded }: CohortQuestion,
): number {
  if (brackets !== null) return sumWhere(sums, 'bracket', (place) => place === index + 1);
  if (!unbounded) return sumWhere(sums, 'bucket', (bucket) => bucket === from);
  // Of the buckets of a profile one has that before it below and itself not: those with the former less those without the latter.
  return (
    sumWhere(sums, 'previous', (previous) => previous < from) -
    sumWhere(sums, 'bucket', (bucket) => bucket > 0 && bucket < from)
  );
}

function sumWhere(sums: readonly CohortSum[], by: CohortSum['by'], is: (key: number) => boolean): number {
  let total = 0;
  for (const sum of sums) if (sum.by === by && is(sum.key)) total += sum.amount;
  return total;
}
