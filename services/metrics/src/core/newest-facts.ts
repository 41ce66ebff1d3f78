/** Of several assignments of one touchpoint in a batch the newest counts. */
import type { ResolvedRecord } from '@throughline/contracts';
import type { ReportingCalendar } from './calendar.ts';
import { factOf, type Fact } from './fact.ts';
import type { SeriesCatalog } from './series.ts';

export function newestFacts(
  records: readonly ResolvedRecord[],
  catalog: SeriesCatalog,
  calendar: ReportingCalendar,
): Fact[] {
  const newest = new Map<string, Fact>();
  for (const record of records) {
    if (record.kind !== 'touchpoint.resolved') continue;
    const current = newest.get(record.touchpoint.key);
    if (current !== undefined && current.assignmentVersion >= record.assignmentVersion) continue;
    newest.set(record.touchpoint.key, factOf(record, catalog, calendar));
  }
  return [...newest.values()];
}
