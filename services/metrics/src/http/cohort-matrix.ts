/** Reads a matrix of cohorts: the series of its cells and of its sizes together, and hence as of one moment. */
import type { AsOf } from '../core/as-of.ts';
import { reportCohorts, type Cohort, type CohortQuestion } from '../core/cohort-report.ts';
import { readCohorts } from '../db/read-cohorts.ts';
import type { AskedCohorts } from './cohort-parameters.ts';
import type { FigureReader } from './figure-reader.ts';

export async function readCohortMatrix(
  { pool, catalog, seriesIds }: Pick<FigureReader, 'pool' | 'catalog' | 'seriesIds'>,
  { period, mode, series }: Pick<AskedCohorts, 'period' | 'mode' | 'series'>,
  question: CohortQuestion,
  asOf: AsOf | null,
): Promise<Cohort[]> {
  const { numbers, cap, first, last, brackets } = question;
  const starting = catalog.activities.find(({ id }) => id === series.start);
  const ofPeriod = starting?.periods.find((one) => one.numbers.period === period);
  const recurring = mode === 'first' ? [] : [ofPeriod?.returning ?? -1, ofPeriod?.resurrecting ?? -1];
  const end = mode === 'first' ? cap + 1 : cap;
  const own = series.periods.find((one) => one.numbers.period === period)?.series[mode] ?? -1;
  const sums = await readCohorts(pool, {
    series: seriesIds[own] ?? -1,
    sizes: [starting?.first ?? -1, ...recurring].map((number) => seriesIds[number] ?? -1),
    starts: Array.from({ length: last - first + cap + 3 }, (_value, index) => numbers.startOf(first + index)),
    cohorts: last - first + 1,
    brackets: brackets?.map(({ from, to }) => ({ from, to: to ?? end })) ?? null,
    asOf,
  });
  return reportCohorts(sums, question);
}
