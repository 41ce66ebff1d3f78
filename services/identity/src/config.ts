/** The environment of identity, read once. */
import { blockedIdentifiersSchema, type BlockedIdentifiersSetting } from '@throughline/contracts';
import {
  parseJsonVariable,
  parseServiceConfig,
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
}

/** 128 bits as base64url without padding. */
const secretMinLength = 22;

/** @throws ConfigError naming the variable */
export function parseConfig(environment: Environment): IdentityConfig {
  return Object.freeze({
    ...parseServiceConfig(environment, { service: 'identity', needsOneOf: ['read', 'admin'] }),
    identitySecret: parseVariable(
      environment,
      'THROUGHLINE_IDENTITY_SECRET',
      z
        .string({ error: 'must be set; every id depends on it, so it is backed up with the database' })
        .min(secretMinLength, { error: `must have at least ${secretMinLength} characters` })
        .max(1_000),
    ),
    blockedIdentifiers: parseJsonVariable(
      environment,
      'THROUGHLINE_BLOCKED_IDENTIFIERS',
      blockedIdentifiersSchema,
    ),
  });
}

export function readConfig(): IdentityConfig {
  return parseConfig(process.env);
}
