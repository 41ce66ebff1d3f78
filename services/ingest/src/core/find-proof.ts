/** The proof of an item: identifiers of one person, and the signature of a server that knows that they are. */
import {
  isIdentifierType,
  isTransactionType,
  normalizeIdentifier,
  type Identifier,
} from '@throughline/contracts';
import { isAbsent, isJsonObject } from './json-value.ts';

export interface Proof {
  /** Normalized. */
  identifiers: Identifier[];
  /** What is signed: `type:value` of each, as it was sent, one a line. */
  text: string;
  /** HMAC-SHA256 in hexadecimal digits. */
  signature: string;
}

const identifiersMax = 20;

/** In `proof`, or in `context.proof`, where browser libraries put what they do not know. Null where it cannot be read. */
export function findProof(item: unknown): Proof | null | 'absent' {
  if (!isJsonObject(item)) return 'absent';
  const context = isJsonObject(item['context']) ? item['context'] : {};
  const proof = isAbsent(item['proof']) ? context['proof'] : item['proof'];
  if (isAbsent(proof)) return 'absent';
  if (!isJsonObject(proof)) return null;
  const { identifiers: named, signature } = proof;
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/.test(signature)) return null;
  if (!Array.isArray(named) || named.length < 2 || named.length > identifiersMax) return null;
  const identifiers = named.map(parseIdentifier);
  return identifiers.includes(null)
    ? null
    : { identifiers: identifiers.filter((one) => one !== null), text: named.join('\n'), signature };
}

/** `type:value`, split at the first colon. A line break would be a separator of what is signed. */
function parseIdentifier(text: unknown): Identifier | null {
  if (typeof text !== 'string' || text.includes('\n')) return null;
  const colon = text.indexOf(':');
  const type = text.slice(0, Math.max(colon, 0));
  if (!isIdentifierType(type) || isTransactionType(type)) return null;
  const normalized = normalizeIdentifier(type, text.slice(colon + 1));
  return normalized.ok ? { type, value: normalized.value } : null;
}
