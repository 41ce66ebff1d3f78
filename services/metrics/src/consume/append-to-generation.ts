/**
 * The last writes of a batch: what it changes about the figures of a generation, and about the shares of profiles and the sales of
 * identifiers on closed days, so that the profiles behind a figure can be named as it stood.
 */
import { allOrCause, openTransactionOf, RetryTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { AppliedChanges } from '../core/apply-batch.ts';
import type { ReportingCalendar } from '../core/calendar.ts';
import type { Delta } from '../core/delta.ts';
import type { SalesRow } from '../core/sales-days.ts';
import type { SeriesCatalog } from '../core/series.ts';
import type { ShareChange } from '../core/share-changes.ts';
import { appendDeltas } from '../db/append-deltas.ts';
import { appendSalesChanges, appendShareChanges } from '../db/append-share-changes.ts';
import { enterEpoch, findCurrentEpoch } from '../db/enter-epoch.ts';
import type { Generation } from '../db/open-generation.ts';
import { resolveSeries } from '../db/resolve-series.ts';

export interface AppendedGeneration {
  generation: Generation;
  catalog: SeriesCatalog;
  calendar: ReportingCalendar;
}

export interface ClosedChanges {
  shares: readonly ShareChange[];
  sales: readonly SalesRow[];
  closedThrough: number;
}

const hourMs = 3_600_000;

/** The last day that is closed, or will be in an hour: no batch takes as long. */
export async function closedSoon(
  client: PoolClient,
  { generation, calendar }: Pick<AppendedGeneration, 'generation' | 'calendar'>,
): Promise<number> {
  const epoch = await findCurrentEpoch(client, generation.id);
  const soon = calendar.lastClosedDay(Date.now() + hourMs);
  return Math.max(epoch?.closedThrough ?? soon, soon);
}

export function closedChangesOf(
  { catalog }: Pick<AppendedGeneration, 'catalog'>,
  { shares, sales }: Pick<AppliedChanges, 'shares' | 'sales'>,
  closedThrough: number,
): ClosedChanges {
  const sold = sales.filter(
    ({ isAttached, activity, day }) => !isAttached && activity === catalog.purchase && day <= closedThrough,
  );
  return { shares, sales: sold, closedThrough };
}

/**
 * Takes the last lock of the transaction: see `enterEpoch`. Appends with its last steps.
 *
 * @param closed null of a generation that is not in use: figures that were never shown have no profiles to name
 */
export async function appendToGeneration(
  client: PoolClient,
  { generation, catalog, calendar }: AppendedGeneration,
  partition: number,
  { deltas, closed }: { deltas: readonly Delta[]; closed: ClosedChanges | null },
): Promise<void> {
  const { shares = [], sales = [] } = closed ?? {};
  if (deltas.length + shares.length + sales.length === 0) return;
  const series = await resolveSeries(client, { generation, catalog }, deltas);
  const { number: epoch, closedThrough } = await enterEpoch(client, generation.id, calendar);
  if (closed !== null && closedThrough > closed.closedThrough)
    throw new RetryTransaction('a day was closed while the batch was applied');
  const place = { generation: generation.id, partition, series, epoch };
  openTransactionOf(client).runLast(async () => {
    await allOrCause([
      appendDeltas(client, place, deltas),
      appendShareChanges(client, place, shares),
      appendSalesChanges(client, place, sales),
    ]);
  });
}
