/** Figures whose days close, and whose epochs end, when a test says so. */
import type { ResolvedRecord } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import type { AsOf } from '../../src/core/as-of.ts';
import { advanceEpoch } from '../../src/db/advance-epoch.ts';
import { findAsOfBounds } from '../../src/db/find-as-of.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import { firstDay, historyDays } from '../resolved-histories.ts';
import { createFigures, endEpoch, type MetricsDatabase } from './metrics-database.ts';

export async function createClosingFigures(database: MetricsDatabase) {
  let lastClosed = firstDay - 3;
  const created = await createFigures(database.pool);
  const calendar = { ...created.calendar, lastClosedDay: () => lastClosed };
  const figures: FigureContext = { ...created, calendar };
  const generation = figures.generation.id;
  await advanceEpoch(database.pool, generation, calendar);
  return {
    figures,
    async beginEpoch(closesDays: number): Promise<AsOf> {
      lastClosed = Math.min(lastClosed + closesDays, firstDay + historyDays + 15);
      await endEpoch(database.pool, figures);
      // Another transaction may be in the epoch for a moment.
      while (!(await advanceEpoch(database.pool, generation, calendar)));
      const bounds = await findAsOfBounds(database.pool, generation);
      if (bounds === null) throw new Error('there is no epoch');
      return bounds.latest;
    },
    async apply(records: readonly ResolvedRecord[], partition = 0) {
      const remembered = new Set<string>();
      await retryTransaction(
        database.consumerPool,
        (client) => applyRecords(client, figures, { partition, records }, remembered),
        { attempts: 50 },
      );
    },
    fold: (maxDeltas: number) =>
      foldDeltas(database.pool, { generation, minDeltas: 1, maxAgeMs: 0, maxDeltas }),
  };
}
