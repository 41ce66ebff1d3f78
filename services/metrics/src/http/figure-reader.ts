/** What the routes read figures with. */
import type { Pool } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import type { SeriesCatalog } from '../core/series.ts';
import type { Freshness } from './freshness.ts';

export interface FigureReader {
  pool: Pool;
  generation: number;
  catalog: SeriesCatalog;
  calendar: ReportingCalendar;
  /** The day with which weeks begin, such as `monday`. */
  weekStart: string;
  /** Ids in the database by number in the catalog. */
  seriesIds: readonly number[];
  freshness: () => Promise<Freshness>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** The running day, whose figures are partial. */
  today: () => number;
}
