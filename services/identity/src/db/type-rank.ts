/** The order of identifier types as SQL; `compareIdentifierTypes` of the contracts is the definition, a test compares them. */
import { identifierFamilies } from '@throughline/contracts';

/** Sort keys for a column of types, strongest first; namespaces and scopes of one family by name. */
export function typeOrder(column: string): string {
  const ranks = identifierFamilies.map((family, rank) => `when '${family}' then ${rank}`).join(' ');
  return `case split_part(${column}, '.', 1) ${ranks} end, ${column} collate "C"`;
}

/** Whether a column of types is that of an order or a receipt, of any scope. */
export function isTransactionColumn(column: string): string {
  return `(split_part(${column}, '.', 1) in ('order_id', 'receipt_id'))`;
}
