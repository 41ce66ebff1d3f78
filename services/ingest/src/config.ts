/** The environment of ingest, read once. */
import {
  parseServiceConfig,
  parseVariable,
  type Environment,
  type ServiceConfig,
} from '@throughline/runtime';
import { z } from 'zod';

export interface IngestConfig extends ServiceConfig {
  /** Days that rejected items are kept. */
  rejectedRetentionDays: number;
}

/** @throws ConfigError naming the variable */
export function parseConfig(environment: Environment): IngestConfig {
  return Object.freeze({
    ...parseServiceConfig(environment, { service: 'ingest', needsOneOf: ['write', 'server'] }),
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
