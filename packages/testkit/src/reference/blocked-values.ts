/** Values that many strangers send by mistake, as far as histories and examples use them: a few of each kind, spelled out again. */
import type { IdentifierType } from '@throughline/contracts';

const blockedInEveryType = ['null', 'undefined', '0', 'guest', '(not set)'];
const blockedAddresses = ['test@test.com', 'noreply@example.com'];

export function isBlockedValue(type: IdentifierType, value: string): boolean {
  return blockedInEveryType.includes(value) || (type === 'email' && blockedAddresses.includes(value));
}
