/** Values that many strangers send by mistake. A blocked identifier is kept with its touchpoint but links nothing. */
import type { IdentifierType } from './identifier-type.ts';

const blockedForAll = new Set([
  'null',
  'undefined',
  'none',
  'nan',
  'nil',
  'n/a',
  'na',
  '[object object]',
  '0',
  '-1',
  'guest',
  'anonymous',
  'unknown',
  'true',
  'false',
  '""',
  "''",
  '"null"',
  '"undefined"',
]);

const blockedByType = new Map<string, ReadonlySet<string>>([
  ['email', new Set(['test@test.com', 'test@example.com', 'noreply@example.com', 'a@a.com', 'no@email.com'])],
  ['phone', new Set(['+0', '0000000000', '1234567890', '+10000000000'])],
]);

const allZeros = /^[0\-+.]+$/;

/** @param value normalized */
export function isBlockedIdentifier(type: IdentifierType, value: string): boolean {
  const folded = value.toLowerCase();
  return blockedForAll.has(folded) || allZeros.test(value) || (blockedByType.get(type)?.has(folded) ?? false);
}
