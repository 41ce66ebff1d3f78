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
import {
  defaultPairsPerMinute,
  defaultRejectedBytesPerMinute,
  type SenderLimitsPerMinute,
} from './receive/sender-limits.ts';

export interface IngestConfig extends ServiceConfig {
  /** What the deployment adds to the shipped lists of blocked identifiers; identity must have the same. */
  blockedIdentifiers: BlockedIdentifiersSetting;
  sources: SourcesOfEnvironment;
  senderLimits: SenderLimitsPerMinute;
  /** IANA name: of registers whose zone neither their receipts nor the settings of their source say. */
  timeZone: string;
}

const amountSchema = (what: string, byDefault: number) =>
  z.coerce
    .number({ error: `must be a number of ${what} a minute; 0 is no limit` })
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
    senderLimits: parseSenderLimits(environment),
  });
}

function parseSenderLimits(environment: Environment): SenderLimitsPerMinute {
  const pairs = 'pairs of identifiers';
  const bytes = 'bytes of rejected items';
  const parse = (name: string, what: string, byDefault: number): number =>
    parseVariable(environment, name, amountSchema(what, byDefault));
  return {
    pairs: {
      address: parse('THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE', pairs, defaultPairsPerMinute.address),
      key: parse('THROUGHLINE_KEY_PAIRS_PER_MINUTE', pairs, defaultPairsPerMinute.key),
    },
    rejectedBytes: {
      address: parse(
        'THROUGHLINE_ADDRESS_REJECTED_BYTES_PER_MINUTE',
        bytes,
        defaultRejectedBytesPerMinute.address,
      ),
      key: parse('THROUGHLINE_KEY_REJECTED_BYTES_PER_MINUTE', bytes, defaultRejectedBytesPerMinute.key),
    },
  };
}

export function readConfig(): IngestConfig {
  return parseConfig(process.env);
}
