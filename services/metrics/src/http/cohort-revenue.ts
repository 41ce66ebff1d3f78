/** A matrix of cohorts by revenue: the currency that is asked for, and what is read put into buckets. */
import { AppError } from '@throughline/contracts';
import {
  bracketsOf,
  reportCohorts,
  type Cohort,
  type CohortQuestion,
  type CohortSum,
} from '../core/cohort-report.ts';
import { readCohortRevenue, type CohortRevenue } from '../db/read-cohort-revenue.ts';
import type { AskedCohorts } from './cohort-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import type { Query } from './query.ts';

/** Days with the start activity, of all customers together. */
const maxDays = 200_000;

/** The one that there is, where none is given. @throws AppError invalid_parameter */
export function readCurrency(query: Query, currencies: readonly string[]): string | null {
  const given = query['currency'];
  if (given !== undefined && /^[A-Z]{3}$/.test(given)) return given;
  const [only] = currencies;
  if (given === undefined && currencies.length <= 1) return only ?? null;
  throw new AppError(
    'invalid_parameter',
    'currency is the code of one, since amounts of two are never added',
    {
      field: 'currency',
      expected: currencies.length === 0 ? 'three capital letters' : currencies.join(', '),
    },
  );
}

export interface RevenueQuestion {
  question: CohortQuestion;
  /** Null where there are no sales. */
  currency: string | null;
  /** The matrix of customers, for the sizes. */
  customers: readonly Cohort[];
}

/** @throws AppError range_too_long */
export async function readRevenueMatrix(
  { pool, generation, catalog }: Pick<FigureReader, 'pool' | 'generation' | 'catalog'>,
  { mode, series }: Pick<AskedCohorts, 'mode' | 'series'>,
  { question, currency, customers }: RevenueQuestion,
): Promise<Cohort[]> {
  const { numbers, cap, first, last } = question;
  const bracketed = { ...question, brackets: bracketsOf(question), unbounded: false };
  const withSizes = (sums: readonly CohortSum[]): Cohort[] =>
    reportCohorts(sums, bracketed).map((cohort, index) => ({ ...cohort, size: customers[index]?.size ?? 0 }));
  if (currency === null) return withSizes([]);
  const { revenue } = await readCohortRevenue(pool, {
    generation,
    startActivity: series.start,
    purchase: catalog.purchase,
    mode,
    starts: Array.from({ length: last - first + cap + 2 }, (_value, index) => numbers.startOf(first + index)),
    cohorts: last - first + 1,
    cap,
    currency,
    maxDays,
  });
  if (revenue === null) {
    throw new AppError('range_too_long', `the cohorts have more than ${maxDays} active days`, {
      field: 'from',
      expected: 'fewer cohorts at once',
    });
  }
  return withSizes(sumBuckets(revenue, question));
}

/** As sums of the report: of each bucket what was spent in it, of a bracket or an open one that of its buckets. */
function sumBuckets(revenue: readonly CohortRevenue[], question: CohortQuestion): CohortSum[] {
  const sizes = revenue
    .filter(({ bucket }) => bucket === 0)
    .map(({ cohort, net }) => ({ cohort, by: 'bucket', key: 0, amount: net }) as const);
  const brackets = bracketsOf(question).flatMap(({ from, to }, index) =>
    revenue
      .filter(({ bucket }) => bucket >= from && bucket <= (to ?? Number.POSITIVE_INFINITY))
      .map(({ cohort, net }) => ({ cohort, by: 'bracket', key: index + 1, amount: net }) as const),
  );
  return [...sizes, ...brackets];
}
