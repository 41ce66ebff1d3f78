/** What the routes read figures with. */
import type { Pool } from 'pg';
import type { FigureContext } from '../consume/apply-records.ts';
import type { ReportingCalendar } from '../core/calendar.ts';
import type { SeriesCatalog } from '../core/series.ts';
import type { Freshness } from './freshness.ts';

export interface FigureReader {
  readonly pool: Pool;
  readonly generation: number;
  readonly catalog: SeriesCatalog;
  readonly calendar: ReportingCalendar;
  /** The day with which weeks begin, such as `monday`. */
  readonly weekStart: string;
  /** Ids in the database by number in the catalog. */
  readonly seriesIds: readonly number[];
  freshness: () => Promise<Freshness>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** The running day, whose figures are partial. */
  today: () => number;
}

/** @param figures of the request that reads: asked for with every use, since another generation may be in use by then */
export function createFigureReader(
  parts: Pick<FigureReader, 'pool' | 'freshness' | 'now'>,
  figures: () => FigureContext,
): FigureReader {
  return {
    ...parts,
    get generation() {
      return figures().generation.id;
    },
    get catalog() {
      return figures().catalog;
    },
    get calendar() {
      return figures().calendar;
    },
    get weekStart() {
      return figures().catalog.settings.weekStart;
    },
    get seriesIds() {
      return figures().generation.seriesIds;
    },
    today: () => figures().calendar.dayOf(parts.now()),
  };
}
