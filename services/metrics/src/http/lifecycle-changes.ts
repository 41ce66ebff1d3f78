/** The series of an activity that lifecycle and stickiness are made from, read together and hence as of one moment. */
import type { AsOf } from '../core/as-of.ts';
import type { LifecycleChanges } from '../core/lifecycle.ts';
import type { Period } from '../core/period.ts';
import type { ActivitySeries } from '../core/series.ts';
import { readSeries, type SeriesChange } from '../db/read-series.ts';
import type { FigureReader } from './figure-reader.ts';

export interface ReadLifecycle {
  ofPeriod(period: Period): LifecycleChanges;
  /** Changes of another series that was asked for; what was before the days is summed on the day before them. */
  of(number: number): SeriesChange[];
}

/** The first and the last day of which changes are wanted. */
export interface LifecycleRange {
  from: number;
  to: number;
  periods: readonly Period[];
  /** Series beside those of the periods. */
  others?: readonly number[];
  asOf: AsOf | null;
}

export async function readLifecycle(
  { pool, seriesIds }: FigureReader,
  { first, periods }: ActivitySeries,
  asked: LifecycleRange,
): Promise<ReadLifecycle> {
  const { from, to, others = [] } = asked;
  const ofPeriods = periods.filter(({ numbers }) => asked.periods.includes(numbers.period));
  const numbers = [
    first,
    ...others,
    ...ofPeriods.flatMap(({ returning, resurrecting }) => [returning, resurrecting]),
  ];
  const ids = numbers.map((number) => seriesIds[number] ?? -1);
  const changes = Map.groupBy(
    await readSeries(pool, ids, { from: from - 1, to }, asked.asOf),
    ({ series }) => series,
  );
  const of = (number: number) => changes.get(seriesIds[number] ?? -1) ?? [];
  const within = (number: number) => of(number).filter(({ day }) => day >= from);
  return {
    of,
    ofPeriod(period) {
      const series = ofPeriods.find((one) => one.numbers.period === period);
      const [returning, resurrecting] = [series?.returning ?? -1, series?.resurrecting ?? -1];
      return { first: within(first), returning: within(returning), resurrecting: within(resurrecting) };
    },
  };
}
