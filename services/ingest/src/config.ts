/** The environment of ingest, read once. */
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

export interface IngestConfig {
  databaseUrl: string;
  /** Undefined for the log in Postgres. */
  kafka: KafkaSettings | undefined;
  listen: ListenConfig;
  keys: BootstrapKeys;
  logLevel: string;
  /** A consumer that does not get on for this long is stalled. */
  stallSeconds: number;
  /** Days that rejected items are kept. */
  rejectedRetentionDays: number;
}

/** @throws ConfigError naming the variable */
export function parseConfig(environment: Environment): IngestConfig {
  const keys = parseKeys(environment);
  if (keys.write === undefined && keys.server === undefined) {
    throw new ConfigError('THROUGHLINE_WRITE_KEY or THROUGHLINE_SERVER_KEY must be set, or nobody can send');
  }
  return Object.freeze({
    databaseUrl: parseVariable(
      environment,
      'DATABASE_URL',
      z.string({ error: 'must be set, such as postgres://user@host:5432/throughline' }).min(1),
    ),
    kafka: parseKafka(environment),
    listen: parseListen(environment, { portVariable: 'THROUGHLINE_INGEST_PORT', defaultPort: 8080 }),
    keys,
    logLevel: parseLogLevel(environment),
    stallSeconds: parseStallSeconds(environment),
    rejectedRetentionDays: parseVariable(
      environment,
      'THROUGHLINE_REJECTED_RETENTION_DAYS',
      z.coerce.number().int().min(1).max(36_500).default(90),
    ),
  });
}

export function readConfig(): IngestConfig {
  return parseConfig(process.env);
}
