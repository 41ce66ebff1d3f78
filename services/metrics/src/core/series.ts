/**
 * The series that are stored: only independent ones, as their changes from day to day, so that a value is a prefix sum.
 * Everything the API shows is derived from them exactly when it is read (see growth.ts).
 */
import {
  engagementActivity,
  purchaseActivity,
  relationships,
  type ActivityDefinition,
  type JourneyMap,
  type Relationship,
} from '@throughline/contracts';

import type { CohortSettings } from './cohort-definition.ts';
import { createCohortSeries, type CohortKey, type CohortSeries } from './cohort-series.ts';
import {
  createGroupingSeries,
  statedDimensionsOf,
  type GroupingSeries,
  type GroupKey,
} from './grouping-series.ts';
import { createPeriodNumbers, type PeriodNumbers } from './period-numbers.ts';
import { periods, type Period } from './period.ts';
import { salesMeasures, type SalesMeasure, type SalesPlace } from './sales-sums.ts';
import { createScoreSeries, type ScoreKey, type ScoreSeries } from './score.ts';

/** Stage of a profile without engagement for `lapseDays`. Not a stage of the journey map, which may not use the name. */
export const lapsedStage = 'lapsed';

export type SeriesKey =
  /** Profiles whose first day of the activity it is. */
  | { figure: 'first'; dimensions: { activity: string } }
  /** Profiles with the activity on one of the last `window` days. */
  | { figure: 'active'; dimensions: { activity: string; window: number } }
  /** Profiles that are active and were active `window` days before. */
  | { figure: 'retained'; dimensions: { activity: string; window: number } }
  /** Profiles active in a period and in the one before, by their first active day in it. */
  | { figure: 'returning'; dimensions: { activity: string; period: Period } }
  /** Profiles active in a period, not in the one before, and in an earlier one. */
  | { figure: 'resurrecting'; dimensions: { activity: string; period: Period } }
  | CohortKey
  | GroupKey
  | ScoreKey
  /** Profiles in the stage. */
  | { figure: 'occupancy'; dimensions: { stage: string; relationship: Relationship } }
  /** Days on which a profile was in another stage or relationship than the day before, counted up to the end of the day. */
  | { figure: 'transition'; dimensions: Record<string, string> }
  /** Spells in a stage that had ended by the end of the day, by their length; see stage-spells.ts. */
  | { figure: 'dwell'; dimensions: { stage: string; relationship: Relationship; days: number } }
  /** Days on which a profile was seen on another channel than on the day with a stage before, likewise. */
  | { figure: 'channelTransition'; dimensions: Record<string, string> }
  /** What sales came to by the end of the day. */
  | { figure: `sales.${SalesMeasure}`; dimensions: Record<string, string> };

/**
 * Receives changes: `amount` more profiles in the series from `day` on. A series of cohorts has cells, which are numbers from 1
 * to `maxCell`.
 */
export type EmitChange = (series: number, day: number, amount: number, cell?: number) => void;

export const maxCell = 2 ** 14 - 1;

/** A version of an activity, with the number by which rows name it. */
export interface NumberedActivity extends ActivityDefinition {
  id: number;
}

/** What the figures are a function of, beside the touchpoints and memberships: a generation's. */
export interface FigureSettings {
  activities: readonly NumberedActivity[];
  windows: readonly number[];
  /** The day with which weeks begin, such as `monday`. */
  weekStart: string;
  journeyMap: JourneyMap;
  cohorts: CohortSettings;
  /** Dimensions by which growth is grouped, one or two at a time. */
  groupings: readonly (readonly string[])[];
}

/**
 * The numbers of series within `catalog`, laid out for the arithmetic of contributions. Those that definitions name come first;
 * further ones get their numbers when something is emitted for them.
 */
export interface SeriesCatalog {
  settings: FigureSettings;
  /** Grows. */
  keys: readonly SeriesKey[];
  activities: readonly ActivitySeries[];
  cohorts: readonly CohortSeries[];
  groupings: readonly GroupingSeries[];
  /** Those dimensions of the groupings of which touchpoints state the value. */
  statedDimensions: readonly string[];
  /** Those whose profiles can be named: of growth and of stages. */
  explained: ReadonlySet<number>;
  /** Numbers of the activities that give relationships and lapses. */
  purchase: number;
  engagement: number;
  /** stage -> by relationship, in the order of `relationships` */
  occupancy: ReadonlyMap<string, readonly number[]>;
  /** Of an occupancy series, the place of its stage; -1 for -1, which is no stage. */
  stageOf(occupancy: number): number;
  /** Between two occupancy series; -1 for none before. */
  transition(before: number, after: number): number;
  /** Days; see stage-spells.ts. */
  longestSpell: number;
  /** @param occupancy of the last day of the spell */
  dwell(occupancy: number, days: number): number;
  channelTransition(from: string | null, to: string | null, relationship: number): number;
  /** Number of the first of the place's series, one for each of `salesMeasures` in their order. */
  firstSalesSeries(place: SalesPlace): number;
  scoreSeries: ScoreSeries;
}

export interface PeriodSeries {
  numbers: PeriodNumbers;
  returning: number;
  resurrecting: number;
}

export interface ActivitySeries {
  id: number;
  activity: string;
  first: number;
  periods: readonly PeriodSeries[];
  windows: readonly { window: number; active: number; retained: number }[];
}

/** Days. A longer spell has this length plus one. */
const longestSpell = 180;

export function createSeriesCatalog(
  settings: FigureSettings,
  limits: Pick<SeriesCatalog, 'longestSpell'> = { longestSpell },
): SeriesCatalog {
  const keys: SeriesKey[] = [];
  const add = (key: SeriesKey): number => keys.push(key) - 1;
  const activities = settings.activities.map(({ id, name: activity }) => ({
    id,
    activity,
    first: add({ figure: 'first', dimensions: { activity } }),
    periods: periods.map((period) => ({
      numbers: createPeriodNumbers(period, settings.weekStart),
      returning: add({ figure: 'returning', dimensions: { activity, period } }),
      resurrecting: add({ figure: 'resurrecting', dimensions: { activity, period } }),
    })),
    windows: settings.windows.map((window) => ({
      window,
      active: add({ figure: 'active', dimensions: { activity, window } }),
      retained: add({ figure: 'retained', dimensions: { activity, window } }),
    })),
  }));
  const occupancy = new Map(
    stageNames(settings.journeyMap).map((stage) => [
      stage,
      relationships.map((relationship) => add({ figure: 'occupancy', dimensions: { stage, relationship } })),
    ]),
  );
  const numberOf = (name: string): number =>
    settings.activities.find((activity) => activity.name === name)?.id ?? -1;
  const purchase = numberOf(purchaseActivity.name);
  const engagement = numberOf(engagementActivity.name);
  const cohorts = createCohortSeries(settings.cohorts, settings.weekStart, numberOf, add);
  return {
    settings,
    keys,
    activities,
    cohorts,
    groupings: createGroupingSeries(settings.groupings, add),
    statedDimensions: statedDimensionsOf(settings.groupings),
    explained: new Set([
      ...activities.flatMap(({ first, windows }) => [
        first,
        ...windows.flatMap(({ active, retained }) => [active, retained]),
      ]),
      ...[...occupancy.values()].flat(),
    ]),
    purchase,
    engagement,
    occupancy,
    ...limits,
    ...numberJourneys(keys, occupancy),
    firstSalesSeries: numberSales(add),
    scoreSeries: createScoreSeries(add),
  };
}

function numberJourneys(
  keys: SeriesKey[],
  occupancy: SeriesCatalog['occupancy'],
): Pick<SeriesCatalog, 'stageOf' | 'transition' | 'dwell' | 'channelTransition'> {
  const known = new Map<string, number>();
  const numberOf = (name: string, key: () => SeriesKey): number => {
    let number = known.get(name);
    if (number === undefined) known.set(name, (number = keys.push(key()) - 1));
    return number;
  };
  const places = [...occupancy].flatMap(([stage, numbers], place) =>
    numbers.map(
      (number, index) =>
        [number, { stage, place, relationship: relationships[index] ?? 'prospect' }] as const,
    ),
  );
  const states = new Map(places);
  return {
    stageOf: (number) => states.get(number)?.place ?? -1,
    transition: (before, after) =>
      numberOf(`transition ${before} ${after}`, () => {
        const from = states.get(before);
        const { stage: toStage = '', relationship: toRelationship = '' } = states.get(after) ?? {};
        const left = from === undefined ? {} : { fromStage: from.stage, fromRelationship: from.relationship };
        return { figure: 'transition', dimensions: { ...left, toStage, toRelationship } };
      }),
    dwell: (number, days) =>
      numberOf(`dwell ${number} ${days}`, () => {
        const { stage = '', relationship = 'prospect' } = states.get(number) ?? {};
        return { figure: 'dwell', dimensions: { stage, relationship, days } };
      }),
    channelTransition: (from, to, index) =>
      numberOf(`channel ${JSON.stringify([from, to])} ${index}`, () => {
        const named = Object.entries({ fromChannel: from, toChannel: to }).filter(
          ([, channel]) => channel !== null,
        );
        const dimensions = Object.fromEntries(named) as Record<string, string>;
        return {
          figure: 'channelTransition',
          dimensions: { ...dimensions, relationship: relationships[index] ?? '' },
        };
      }),
  };
}

function numberSales(add: (key: SeriesKey) => number): SeriesCatalog['firstSalesSeries'] {
  const known = new Map<string, number>();
  return ({ currency, store, register, channel }) => {
    const name = [currency, store, register, channel].join('\n');
    let first = known.get(name);
    if (first === undefined) {
      const given = Object.entries({ store, register, channel }).filter(([, value]) => value !== null);
      const dimensions: Record<string, string> = { currency, ...Object.fromEntries(given) };
      const [one = 0] = salesMeasures.map((measure) => add({ figure: `sales.${measure}`, dimensions }));
      known.set(name, (first = one));
    }
    return first;
  };
}

/** The map's stages in its order, what its rules name besides, and `lapsed`. */
export function stageNames(map: JourneyMap): string[] {
  const named = map.stages.map((stage) => stage.name);
  return [...new Set([...named, ...map.rules.map((rule) => rule.stage), lapsedStage])];
}
