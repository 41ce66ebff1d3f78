/** The environment of ingest, read once. */
import { blockedIdentifiersSchema, type BlockedIdentifiersSetting } from '@throughline/contracts';
import {
  parseJsonVariable,
  parseServiceConfig,
  parseVariable,
  type Environment,
  type ServiceConfig,
} from '@throughline/runtime';
import { z } from 'zod';
import { sourceSettingsSchema, type SourceSettings } from './core/source-settings.ts';

export interface IngestConfig extends ServiceConfig {
  /** Days that rejected items are kept. */
  rejectedRetentionDays: number;
  /** What the deployment adds to the shipped lists of blocked identifiers; identity must have the same. */
  blockedIdentifiers: BlockedIdentifiersSetting;
  sources: SourceSettings;
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
    blockedIdentifiers: parseJsonVariable(
      environment,
      'THROUGHLINE_BLOCKED_IDENTIFIERS',
      blockedIdentifiersSchema,
    ),
    sources: parseJsonVariable(environment, 'THROUGHLINE_SOURCES', sourceSettingsSchema),
  });
}

export function readConfig(): IngestConfig {
  return parseConfig(process.env);
}
