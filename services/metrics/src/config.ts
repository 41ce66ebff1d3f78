/** The environment of metrics, read once. */
import {
  ConfigError,
  parseKafka,
  parseKeys,
  parseListen,
  parseLogLevel,
  parseStallSeconds,
  parseVariable,
  type BootstrapKeys,
  type Environment,
  type KafkaSettings,
  type ListenConfig,
} from '@throughline/runtime';
import { z } from 'zod';

const weekStarts = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

export interface MetricsConfig {
  databaseUrl: string;
  /** Undefined for the log in Postgres. */
  kafka: KafkaSettings | undefined;
  listen: ListenConfig;
  keys: BootstrapKeys;
  logLevel: string;
  /** A consumer that does not get on for this long is stalled. */
  stallSeconds: number;
  /** IANA name. */
  timeZone: string;
  weekStart: (typeof weekStarts)[number];
  /** Days, ascending. */
  windows: readonly number[];
  /** A day is closed this long after its end. */
  closeHours: number;
}

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

const timeZoneSchema = z
  .string()
  .default('UTC')
  .refine(isTimeZone, 'must be the IANA name of a time zone, such as UTC or Europe/Berlin');

/** Offsets such as +02:00 pass for Intl, but have no summer time and another sign in Postgres. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** @throws ConfigError naming the variable */
export function parseConfig(environment: Environment): MetricsConfig {
  const keys = parseKeys(environment);
  if (keys.read === undefined && keys.admin === undefined) {
    throw new ConfigError('THROUGHLINE_READ_KEY or THROUGHLINE_ADMIN_KEY must be set, or nobody can ask');
  }
  return Object.freeze({
    databaseUrl: parseVariable(
      environment,
      'DATABASE_URL',
      z.string({ error: 'must be set, such as postgres://user@host:5432/throughline' }).min(1),
    ),
    kafka: parseKafka(environment),
    listen: parseListen(environment, { portVariable: 'THROUGHLINE_METRICS_PORT', defaultPort: 8082 }),
    keys,
    logLevel: parseLogLevel(environment),
    stallSeconds: parseStallSeconds(environment),
    timeZone: parseVariable(environment, 'THROUGHLINE_TIME_ZONE', timeZoneSchema),
    weekStart: parseVariable(environment, 'THROUGHLINE_WEEK_START', z.enum(weekStarts).default('monday')),
    windows: Object.freeze(parseVariable(environment, 'THROUGHLINE_WINDOWS', windowsSchema)),
    closeHours: parseVariable(
      environment,
      'THROUGHLINE_CLOSE_HOURS',
      z.coerce.number().int().min(0).max(720).default(6),
    ),
  });
}

export function readConfig(): MetricsConfig {
  return parseConfig(process.env);
}
