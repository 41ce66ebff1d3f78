/** The environment of identity, read once. */
import {
  blockedIdentifiersSchema,
  type BlockedIdentifiersSetting,
  phoneRegionSchema,
} from '@throughline/contracts';
import {
  parseEach,
  parseJsonVariable,
  parseServiceConfig,
  parseServiceUrl,
  parseVariable,
  type Environment,
  type ServiceConfig,
} from '@throughline/runtime';
import { z } from 'zod';

export interface IdentityConfig extends ServiceConfig {
  /** Keys the ids of identifiers and touchpoints; lives as long as the deployment. */
  identitySecret: string;
  /** What the deployment adds to the shipped lists of blocked identifiers; ingest must have the same. */
  blockedIdentifiers: BlockedIdentifiersSetting;
  /** Where telephone numbers without a country code are read; null for nowhere. */
  phoneRegion: string | null;
  /** Names of the traits that are published with touchpoints, so that figures can be grouped by them. */
  publishedTraits: readonly string[];
  /** Where metrics answers what a decision would do to the figures. */
  metricsUrl: string;
  /** Where ingest removes the copies that it keeps of an erased person. */
  ingestUrl: string;
}

/** 128 bits as base64url without padding. */
const secretMinLength = 22;

const identitySecretSchema = z
  .string({ error: 'must be set; every id depends on it, so it is backed up with the database' })
  .min(secretMinLength, { error: `must have at least ${secretMinLength} characters` })
  .max(1_000);

/** What a person is called and reached by: it never leaves the profile. */
const contactTraits: ReadonlySet<string> = new Set([
  'address',
  'email',
  'firstName',
  'first_name',
  'lastName',
  'last_name',
  'loyaltyId',
  'loyalty_id',
  'name',
  'phone',
  'username',
  'website',
]);

const publishedTraitsSchema = z
  .string()
  .default('')
  .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== ''))
  .refine((names) => names.length <= 20 && names.every((name) => name.length <= 200), {
    error: 'must be at most 20 names of traits, separated by commas',
  })
  .refine((names) => !names.some((name) => contactTraits.has(name)), {
    error: `must not name contact data: ${[...contactTraits].join(', ')}`,
  });

/** @throws ConfigError naming each variable that is wrong */
export function parseConfig(environment: Environment): IdentityConfig {
  const { common, ...own } = parseEach({
    common: () => parseServiceConfig(environment, { service: 'identity', needsOneOf: ['read', 'admin'] }),
    identitySecret: () => parseVariable(environment, 'THROUGHLINE_IDENTITY_SECRET', identitySecretSchema),
    blockedIdentifiers: () =>
      parseJsonVariable(environment, 'THROUGHLINE_BLOCKED_IDENTIFIERS', blockedIdentifiersSchema),
    phoneRegion: () =>
      parseVariable(environment, 'THROUGHLINE_PHONE_REGION', phoneRegionSchema.nullable().default(null)),
    publishedTraits: () => parseVariable(environment, 'THROUGHLINE_METRICS_TRAITS', publishedTraitsSchema),
    metricsUrl: () => parseServiceUrl(environment, 'metrics'),
    ingestUrl: () => parseServiceUrl(environment, 'ingest'),
  });
  return Object.freeze({ ...common, ...own });
}

export function readConfig(): IdentityConfig {
  return parseConfig(process.env);
}
