/**
 * References to profiles: any identifier's id, or `type:value` split at the first colon. Either names the profile that holds
 * the identifier now, so there is nothing to redirect when profiles merge.
 */
import { AppError, identifierFamilies, isIdentifierType, normalizeIdentifier } from '@throughline/contracts';
import { z } from 'zod';
import type { IdentifierIds } from '../identifier-id.ts';

export type Reference =
  | { kind: 'identifier'; id: string }
  /** Well formed, but no identifier can have this value: blank, too long, invisible characters. */
  | { kind: 'unusable' }
  | { kind: 'malformed' };

export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `ref` of a path. */
export const refParameter = z.string().meta({
  description:
    'The id of a profile or of any identifier in it, or `type:value`, split at the first colon and URL-encoded once, such ' +
    'as `email:ada%40example.org`. It names the profile that holds the identifier now. Types, strongest first: ' +
    `${identifierFamilies.map((family) => `\`${family}${family === 'external' ? '.<namespace>' : ''}\``).join(', ')}; ` +
    '`order_id` and `receipt_id` with `.<scope>` where the source has a scope.',
  examples: ['user_id:42'],
});

export function parseReference(text: string, ids: IdentifierIds): Reference {
  if (uuidPattern.test(text)) return { kind: 'identifier', id: text.toLowerCase() };
  const colon = text.indexOf(':');
  const type = text.slice(0, Math.max(colon, 0));
  if (!isIdentifierType(type)) return { kind: 'malformed' };
  const normalized = normalizeIdentifier(type, text.slice(colon + 1));
  if (!normalized.ok) return { kind: 'unusable' };
  return { kind: 'identifier', id: ids.identifierId(type, normalized.value) };
}

/** @throws AppError invalid_parameter, profile_not_found; neither repeats the reference, which may be an address */
export function identifierOfReference(text: string, ids: IdentifierIds, field: string): string {
  const reference = parseReference(text, ids);
  if (reference.kind === 'identifier') return reference.id;
  if (reference.kind === 'unusable') throw profileNotFound(field);
  throw new AppError('invalid_parameter', 'this is not a reference to a profile', {
    field,
    expected: 'the id of a profile or identifier, or type:value with a known type, such as user_id:42',
  });
}

export function profileNotFound(field: string): AppError {
  return new AppError('profile_not_found', 'no touchpoint has named this identifier yet', { field });
}
