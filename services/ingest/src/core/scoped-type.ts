/** Numbers of orders and receipts are only as unique as their makers say: the scope of a source is part of the type. */
import { isTransactionType, type IdentifierType } from '@throughline/contracts';
import type { SettingsOfSource } from './source-settings.ts';

export function scopedType(type: IdentifierType, { transactionScope }: SettingsOfSource): IdentifierType {
  if (transactionScope === undefined || !isTransactionType(type)) return type;
  return type === 'order_id' ? `order_id.${transactionScope}` : `receipt_id.${transactionScope}`;
}
