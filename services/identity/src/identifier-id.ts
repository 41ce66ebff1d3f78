/**
 * Ids that are stable on replay and silent about the value: HMAC-SHA256 under the deployment's secret. The secret lives as
 * long as the deployment; `fingerprint` lets a process notice that it was started with another one.
 */
import { createHmac, createSecretKey, hash } from 'node:crypto';
import { type IdentifierType, isBlockedIdentifier, type IsBlockedIdentifier } from '@throughline/contracts';
import { createNormalize, type NormalizeIdentifier } from './core/normalization.ts';
import type { NamingRules } from './core/rules.ts';

export interface IdentifierIds {
  /**
   * @param value as a record has it, or as it is stored
   * @param region of a telephone number, as a record has it
   */
  identifierId(type: IdentifierType, value: string, region?: string): string;
  /** Of a normal form, whatever rules it follows from. */
  keyedId(type: IdentifierType, value: string): string;
  /** What an identifier of a record is stored as. */
  normalize: NormalizeIdentifier;
  touchpointKey(source: string, id: string): string;
  conflictId(source: string, id: string, bodyHash: string): string;
  /** Order among the names of public traits: what a sender cannot choose. */
  traitRank(name: string): string;
  fingerprint: string;
  /** Whether a value names no person and links nothing: the shipped lists with those of the deployment. */
  isBlocked: IsBlockedIdentifier;
}

/** Returning identifiers are most of the traffic, and a map look-up is a tenth of an HMAC. */
const rememberedIds = 50_000;
const rememberedTraits = 5_000;

export function createIdentifierIds(
  secret: string,
  isBlocked: IsBlockedIdentifier = isBlockedIdentifier,
  normalize: NormalizeIdentifier = createNormalize({ phoneRegion: null }),
): IdentifierIds {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  const remembered = new Map<string, string>();
  const rememberedRanks = new Map<string, string>();

  const keyedUuid = (text: string): string => {
    const digest = createHmac('sha256', key).update(text, 'utf8').digest();
    // RFC 9562, version 8: the layout is ours, the version and variant bits are not.
    digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x80;
    digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
    const hex = digest.toString('hex', 0, 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };

  const rememberedUuid = (text: string, memory: Map<string, string>, size: number): string => {
    const known = memory.get(text);
    if (known !== undefined) return known;
    if (memory.size >= size) memory.clear();
    const id = keyedUuid(text);
    memory.set(text, id);
    return id;
  };

  const keyedId = (type: IdentifierType, value: string): string =>
    rememberedUuid(`identifier\u0000${type}\u0000${value}`, remembered, rememberedIds);

  return {
    identifierId: (type, value, region) => {
      const normal = normalize(type, value, region);
      return keyedId(normal.type, normal.value);
    },
    keyedId,
    normalize,
    traitRank: (name) => rememberedUuid(`trait\u0000${name}`, rememberedRanks, rememberedTraits),
    touchpointKey: (source, id) => keyedUuid(`touchpoint\u0000${source}\u0000${id}`),
    conflictId: (source, id, bodyHash) => keyedUuid(`conflict\u0000${source}\u0000${id}\u0000${bodyHash}`),
    isBlocked,
    fingerprint: hash('sha256', `fingerprint\u0000${secret}`, 'hex').slice(0, 16),
  };
}

/** The same ids by other rules. */
export function idsUnder(ids: IdentifierIds, { normalize, isBlocked }: NamingRules): IdentifierIds {
  return {
    ...ids,
    normalize,
    isBlocked,
    identifierId(type, value, region) {
      const normal = normalize(type, value, region);
      return ids.keyedId(normal.type, normal.value);
    },
  };
}
