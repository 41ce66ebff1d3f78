/** The environment of ingest, read once. */
import { blockedIdentifiersSchema, type BlockedIdentifiersSetting } from '@throughline/contracts';
import {
  parseJsonVariable,
  parseServiceConfig,
  type Environment,
  type ServiceConfig,
} from '@throughline/runtime';
import { sourceSettingsSchema, type SourceSettings } from './core/source-settings.ts';

export interface IngestConfig extends ServiceConfig {
  /** What the deployment adds to the shipped lists of blocked identifiers; identity must have the same. */
  blockedIdentifiers: BlockedIdentifiersSetting;
  sources: SourceSettings;
}

/** @throws ConfigError naming the variable */
export function parseConfig(environment: Environment): IngestConfig {
  return Object.freeze({
    ...parseServiceConfig(environment, { service: 'ingest', needsOneOf: ['write', 'server'] }),
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
