/** The environment of ingest, read once. */
import { blockedIdentifiersSchema, isTimeZone, type BlockedIdentifiersSetting } from '@throughline/contracts';
import {
  parseEach,
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

/** @throws ConfigError naming each variable that is wrong */
export function parseConfig(environment: Environment): IngestConfig {
  const { common, ...own } = parseEach({
    common: () => parseServiceConfig(environment, { service: 'ingest', needsOneOf: ['write', 'server'] }),
    blockedIdentifiers: () =>
      parseJsonVariable(environment, 'THROUGHLINE_BLOCKED_IDENTIFIERS', blockedIdentifiersSchema),
    sources: () => parseJsonVariable(environment, 'THROUGHLINE_SOURCES', sourceSettingsSchema),
    timeZone: () =>
      parseVariable(
        environment,
        'THROUGHLINE_TIME_ZONE',
        z
          .string()
          .default('UTC')
          .refine(isTimeZone, 'must be the IANA name of a time zone, such as UTC or Europe/Berlin'),
      ),
    senderLimits: () => parseSenderLimits(environment),
  });
  return Object.freeze({ ...common, ...own });
}

function parseSenderLimits(environment: Environment): SenderLimitsPerMinute {
  const limit = (name: string, what: string, byDefault: number) => () =>
    parseVariable(environment, name, amountSchema(what, byDefault));
  const pairs = (name: string, byDefault: number) => limit(name, 'pairs of identifiers', byDefault);
  const bytes = (name: string, byDefault: number) => limit(name, 'bytes of rejected items', byDefault);
  const { address, key } = defaultRejectedBytesPerMinute;
  return parseEach({
    pairs: () =>
      parseEach({
        address: pairs('THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE', defaultPairsPerMinute.address),
        key: pairs('THROUGHLINE_KEY_PAIRS_PER_MINUTE', defaultPairsPerMinute.key),
      }),
    rejectedBytes: () =>
      parseEach({
        address: bytes('THROUGHLINE_ADDRESS_REJECTED_BYTES_PER_MINUTE', address),
        key: bytes('THROUGHLINE_KEY_REJECTED_BYTES_PER_MINUTE', key),
      }),
  });
}

export function readConfig(): IngestConfig {
  return parseConfig(process.env);
}
