/** Where profiles are in their journeys on a day, a page of them at a time. */
import { engagementActivity, purchaseActivity } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import { journeyOn, type JourneyOnDay, type JourneyRules } from '../core/journey-state.ts';
import type { SeriesCatalog } from '../core/series.ts';
import { findValueClasses } from './class-bounds.ts';
import { findJourneyParts } from './find-journey-parts.ts';

export interface JourneysOfGeneration {
  generation: number;
  catalog: SeriesCatalog;
}

/** Without profiles that are in no figure. */
export async function findJourneys(
  database: Pick<PoolClient, 'query'>,
  { generation, catalog }: JourneysOfGeneration,
  profiles: readonly string[],
  day: number,
): Promise<Map<string, JourneyOnDay>> {
  if (profiles.length === 0) return new Map();
  const activities = catalog.activities.map(({ id }) => id);
  const { purchase } = catalog;
  const histories = await findJourneyParts(database, generation, { profiles, day, activities, purchase });
  const bought = [...histories].flatMap(([profile, { parts }]) =>
    parts.some(({ purchases }) => purchases > 0) ? [profile] : [],
  );
  const classes = await findValueClasses(database, generation, { profiles: bought, activity: purchase });
  const rules: JourneyRules = {
    activities: catalog.activities.map(({ activity }) => activity),
    purchase: purchaseActivity.name,
    engagement: engagementActivity.name,
    windows: catalog.settings.windows,
    lapseDays: catalog.settings.journeyMap.lapseDays,
  };
  const journeys = new Map<string, JourneyOnDay>();
  for (const [profile, history] of histories) {
    const journey = journeyOn(day, history, classes.get(profile) ?? null, rules);
    if (journey !== null) journeys.set(profile, journey);
  }
  return journeys;
}
