/** The environment of metrics, read once. */
import { isTimeZone, shippedActivities } from '@throughline/contracts';
import {
  parseEach,
  parseServiceConfig,
  parseServiceUrl,
  parseVariable,
  type Environment,
  type ServiceConfig,
} from '@throughline/runtime';
import { z } from 'zod';
import { cohortCaps, cohortModes, type CohortSettings } from './core/cohort-definition.ts';
import { groupingsExpectation, parseGroupings } from './core/parse-groupings.ts';
import { weekDays } from './core/period.ts';

export interface MetricsConfig extends ServiceConfig {
  /** IANA name. */
  timeZone: string;
  weekStart: (typeof weekDays)[number];
  /** Days, ascending. */
  windows: readonly number[];
  cohorts: CohortSettings;
  /** Dimensions by which growth is grouped, one or two at a time. */
  groupings: readonly (readonly string[])[];
  /** A day is closed this long after its end. */
  closeHours: number;
  /** Where the console finds the other services. */
  serviceUrls: Readonly<Record<ConsoleService, string>>;
}

type ConsoleService = 'ingest' | 'identity';

const maxWindows = 12;
const longestWindow = 1_095;

const windowsSchema = z
  .string()
  .default('7,30,90,365')
  .transform((text) => text.split(',').map((part) => Number(part.trim() === '' ? Number.NaN : part)))
  .refine(
    (windows) =>
      windows.length <= maxWindows &&
      windows.every((window) => Number.isInteger(window) && window >= 1 && window <= longestWindow),
    `must be at most ${maxWindows} whole numbers of days from 1 to ${longestWindow}, such as 7,30,90,365`,
  )
  .transform((windows) => [...new Set(windows)].sort((left, right) => left - right));

const maxPairs = 12;
const activityNames = new Set(shippedActivities.map(({ name }) => name));

/** `start:return, …`: the activity that begins a cohort, and the one that counts as coming back. */
const pairsSchema = (pairs: string) =>
  z
    .string()
    .default(pairs)
    .transform((text) => [
      ...new Set(text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))),
    ])
    .refine(
      (names) =>
        names.length <= maxPairs &&
        names.every((name) => {
          const parts = name.split(':');
          return parts.length === 2 && parts.every((part) => activityNames.has(part));
        }),
      `must be at most ${maxPairs} pairs of activities (${[...activityNames].join(', ')}), such as ${pairs}`,
    );

/** `acquisitionChannel,homeStore+relationship`. */
const groupingsSchema = z
  .string()
  .default('')
  .transform((text, context) => {
    const groupings = parseGroupings(text.split(','));
    if (groupings !== null) return groupings;
    context.addIssue({ code: 'custom', message: `must be ${groupingsExpectation}` });
    return z.NEVER;
  });

const timeZoneSchema = z
  .string()
  .default('UTC')
  .refine(isTimeZone, 'must be the IANA name of a time zone, such as UTC or Europe/Berlin');

const closeHoursSchema = z.coerce
  .number({ error: 'must be a number of hours from 0 to 720' })
  .int()
  .min(0)
  .max(720)
  .default(6);

/** @throws ConfigError naming each variable that is wrong */
export function parseConfig(environment: Environment): MetricsConfig {
  const { common, ...own } = parseEach({
    common: () => parseServiceConfig(environment, { service: 'metrics', needsOneOf: ['read', 'admin'] }),
    timeZone: () => parseVariable(environment, 'THROUGHLINE_TIME_ZONE', timeZoneSchema),
    weekStart: () => parseVariable(environment, 'THROUGHLINE_WEEK_START', z.enum(weekDays).default('monday')),
    windows: () => Object.freeze(parseVariable(environment, 'THROUGHLINE_WINDOWS', windowsSchema)),
    cohorts: () => parseCohorts(environment),
    groupings: () => Object.freeze(parseVariable(environment, 'THROUGHLINE_GROUPS', groupingsSchema)),
    closeHours: () => parseVariable(environment, 'THROUGHLINE_CLOSE_HOURS', closeHoursSchema),
    serviceUrls: () =>
      Object.freeze(
        parseEach({
          ingest: () => parseServiceUrl(environment, 'ingest'),
          identity: () => parseServiceUrl(environment, 'identity'),
        }),
      ),
  });
  return Object.freeze({ ...common, ...own });
}

function parseCohorts(environment: Environment): CohortSettings {
  const { first, recurring } = parseEach({
    first: () =>
      parseVariable(
        environment,
        'THROUGHLINE_COHORTS',
        pairsSchema(
          'purchase:purchase,netPurchase:netPurchase,engagement:engagement,engagement:purchase,purchase:engagement',
        ),
      ),
    recurring: () =>
      parseVariable(environment, 'THROUGHLINE_RECURRING_COHORTS', pairsSchema('purchase:purchase')),
  });
  return {
    pairs: [...new Set([...first, ...recurring])].map((name) => {
      const [startActivity = '', activity = ''] = name.split(':');
      const modes = cohortModes.filter((mode) => (mode === 'first' ? first : recurring).includes(name));
      return { startActivity, activity, modes };
    }),
    caps: cohortCaps,
  };
}

export function readConfig(): MetricsConfig {
  return parseConfig(process.env);
}
