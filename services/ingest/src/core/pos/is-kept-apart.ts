/** Receipts that a till makes without selling: kept among the rejects, so that they can be found; nothing is wrong with them. */
import type { ItemCode } from '@throughline/contracts';

const codes: ReadonlySet<string> = new Set<ItemCode>(['training_receipt', 'control_receipt']);

export function isKeptApart(code: string): boolean {
  return codes.has(code);
}
