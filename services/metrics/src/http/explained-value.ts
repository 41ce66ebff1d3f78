/** What a figure that is explained comes to, now or as it stood. */
import { relationships } from '@throughline/contracts';
import type { AsOf } from '../core/as-of.ts';
import { createSeriesValue, growthOn } from '../core/growth.ts';
import { reportPeriods } from '../core/sales-report.ts';
import { readSales } from '../db/read-sales.ts';
import { readSeries } from '../db/read-series.ts';
import type { ExplainedFigure } from './explained-profiles.ts';
import type { FigureReader } from './figure-reader.ts';

/** The figure on the day: the profiles of all pages, or of sales the transactions. */
export async function readExplainedValue(
  reader: FigureReader,
  explained: ExplainedFigure,
  { day, asOf }: { day: number; asOf: AsOf | null },
): Promise<number> {
  const { pool, generation, catalog, seriesIds, weekStart } = reader;
  const idOf = (number: number | undefined): number => seriesIds[number ?? -1] ?? -1;
  if (explained.of === 'sales') {
    const question = { from: day, to: day, groupBy: null, limit: 10_000, asOf };
    const changes = await readSales(pool, generation, question);
    const [total] = reportPeriods(changes, { from: day, to: day, period: 'day', weekStart, today: day });
    return total?.transactions ?? 0;
  }
  if (explained.of === 'stages') {
    const { stage, relationship } = explained;
    const ids = (catalog.occupancy.get(stage) ?? [])
      .filter((_number, place) => relationship === null || relationships[place] === relationship)
      .map(idOf);
    const changes = await readSeries(pool, ids, { from: day, to: day }, asOf);
    return changes.reduce((sum, { amount }) => sum + amount, 0);
  }
  const { figure, window, activity } = explained;
  const series = catalog.activities.find(({ id }) => id === activity.id);
  const windowed = series?.windows.find((candidate) => candidate.window === window);
  const ids = [series?.first, windowed?.active, windowed?.retained].map(idOf);
  const changes = await readSeries(pool, ids, { from: day - window, to: day }, asOf);
  const valueOf = (place: number) =>
    createSeriesValue(changes.filter((change) => change.series === ids[place]));
  return growthOn(day, window, { first: valueOf(0), active: valueOf(1), retained: valueOf(2) })[figure];
}
