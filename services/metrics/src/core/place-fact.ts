/** What a generation of figures makes of a fact: the day in its zone, and what its definitions say. */
import { stageOf } from '@throughline/contracts';
import { matchesFilter } from './activity-filter.ts';
import type { ReportingCalendar } from './calendar.ts';
import type { FactContent } from './fact.ts';
import type { SeriesCatalog } from './series.ts';

export interface FactPlace {
  day: number;
  stage: string | null;
  /** Those that it is an occurrence of. */
  activities: readonly PlacedActivity[];
}

export interface PlacedActivity {
  id: number;
  perTransaction: boolean;
  exceptRefunded?: true;
}

/** What facts are placed by. */
export interface FactPlacing {
  catalog: SeriesCatalog;
  calendar: Pick<ReportingCalendar, 'dayOf'>;
}

export function placeFact({ catalog, calendar }: FactPlacing, fact: FactContent): FactPlace {
  const { activities, journeyMap } = catalog.settings;
  const stage = stageOf(journeyMap, { ...fact, channel: fact.channel ?? undefined });
  const filtered = { ...fact, stage };
  return {
    day: calendar.dayOf(fact.at),
    stage,
    activities: activities.filter(({ filter }) => matchesFilter(filter, filtered)),
  };
}
