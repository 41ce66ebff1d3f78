/** Which identifiers of a touchpoint a proof vouches for. What a server sends is vouched for already. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Identifier, Touchpoint } from '@throughline/contracts';
import { findProof } from '../core/find-proof.ts';
import type { SettingsOfSource } from '../core/source-settings.ts';

export interface VerifiedProof {
  /** Identifiers of the touchpoint that a valid proof names. */
  verified: Identifier[];
  /** There is a proof, and it is not valid. */
  isInvalid: boolean;
}

export function verifyProof(
  item: unknown,
  { identifiers }: Touchpoint,
  { proofs }: SettingsOfSource,
): VerifiedProof {
  const proof = findProof(item);
  if (proof === 'absent') return { verified: [], isInvalid: false };
  const isValid =
    proof !== null && (proofs?.secrets ?? []).some((secret) => isSigned(secret, proof.text, proof.signature));
  if (!isValid) return { verified: [], isInvalid: true };
  const verified = identifiers.filter(({ type, value }) =>
    proof.identifiers.some((one) => one.type === type && one.value === value),
  );
  return { verified, isInvalid: false };
}

function isSigned(secret: string, text: string, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(text).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}
