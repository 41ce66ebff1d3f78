/** The environment of identity, read once. */
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

export interface IdentityConfig {
  databaseUrl: string;
  /** Undefined for the log in Postgres. */
  kafka: KafkaSettings | undefined;
  /** Keys the ids of identifiers and touchpoints; lives as long as the deployment. */
  identitySecret: string;
  listen: ListenConfig;
  keys: BootstrapKeys;
  logLevel: string;
  /** A consumer that does not get on for this long is stalled. */
  stallSeconds: number;
}

/** 128 bits as base64url without padding. */
const secretMinLength = 22;

/** @throws ConfigError naming the variable */
export function parseConfig(environment: Environment): IdentityConfig {
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
    identitySecret: parseVariable(
      environment,
      'THROUGHLINE_IDENTITY_SECRET',
      z
        .string({ error: 'must be set; every id depends on it, so it is backed up with the database' })
        .min(secretMinLength, { error: `must have at least ${secretMinLength} characters` })
        .max(1_000),
    ),
    kafka: parseKafka(environment),
    listen: parseListen(environment, { portVariable: 'THROUGHLINE_IDENTITY_PORT', defaultPort: 8081 }),
    keys,
    logLevel: parseLogLevel(environment),
    stallSeconds: parseStallSeconds(environment),
  });
}

export function readConfig(): IdentityConfig {
  return parseConfig(process.env);
}
