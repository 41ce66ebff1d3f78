/** The environment of ingest, read once. */
import { blockedIdentifiersSchema, isTimeZone, type BlockedIdentifiersSetting } from '@throughline/contracts';
import {
  parseJsonVariable,
  parseServiceConfig,
  parseVariable,
  type Environment,
  type ServiceConfig,
} from '@throughline/runtime';
import { z } from 'zod';
import { sourceSettingsSchema, type SourcesOfEnvironment } from './core/source-settings.ts';
import { defaultPairsPerMinute, type PairsPerMinute } from './receive/pair-limits.ts';

export interface IngestConfig extends ServiceConfig {
  /** What the deployment adds to the shipped lists of blocked identifiers; identity must have the same. */
  blockedIdentifiers: BlockedIdentifiersSetting;
  sources: SourcesOfEnvironment;
  pairsPerMinute: PairsPerMinute;
  /** IANA name: of registers whose zone neither their receipts nor the settings of their source say. */
  timeZone: string;
}

const pairsSchema = (byDefault: number) =>
  z.coerce
    .number({ error: 'must be a number of pairs of identifiers a minute; 0 is no limit' })
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(byDefault);

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
    timeZone: parseVariable(
      environment,
      'THROUGHLINE_TIME_ZONE',
      z
        .string()
        .default('UTC')
        .refine(isTimeZone, 'must be the IANA name of a time zone, such as UTC or Europe/Berlin'),
    ),
    pairsPerMinute: {
      address: parseVariable(
        environment,
        'THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE',
        pairsSchema(defaultPairsPerMinute.address),
      ),
      key: parseVariable(
        environment,
        'THROUGHLINE_KEY_PAIRS_PER_MINUTE',
        pairsSchema(defaultPairsPerMinute.key),
      ),
    },
  });
}

export function readConfig(): IngestConfig {
  return parseConfig(process.env);
}
