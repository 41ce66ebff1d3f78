/**
 * What a touchpoint is in its transaction. Only a sale is a purchase. A receipt says what it is by its `kind` or by naming
 * the receipt that it takes back; whatever has a negative amount gives money back.
 */
export const transactionRoles = ['sale', 'refund', 'void', 'cancellation'] as const;
export type TransactionRole = (typeof transactionRoles)[number];

const rolesByName = new Map<string, TransactionRole>([
  ['Order Refunded', 'refund'],
  ['Order Cancelled', 'cancellation'],
]);

const rolesByKind = new Map<string, TransactionRole>([
  ['refund', 'refund'],
  ['return', 'refund'],
  ['void', 'void'],
  ['cancellation', 'cancellation'],
]);

export function transactionRoleOf(touchpoint: {
  type: string;
  name: string | null;
  properties: Readonly<Record<string, unknown>> | null;
}): TransactionRole {
  const { type, name, properties } = touchpoint;
  if (type === 'track') {
    const role = rolesByName.get(name ?? '');
    if (role !== undefined) return role;
  }
  if (properties === null) return 'sale';
  if (type === 'receipt') {
    const kind = properties['kind'];
    const role = typeof kind === 'string' ? rolesByKind.get(kind) : undefined;
    if (role !== undefined) return role;
    if (isReference(properties['voidOf'])) return 'void';
    if (isReference(properties['refundOf'])) return 'refund';
  }
  return isNegative(properties) ? 'refund' : 'sale';
}

/** Null and blank are absent. */
function isReference(value: unknown): boolean {
  return (typeof value === 'string' && value.trim() !== '') || typeof value === 'number';
}

/** By the field that gives the amount, with or without a currency; a number, or text of a decimal number. */
function isNegative(properties: Readonly<Record<string, unknown>>): boolean {
  const fields = [properties['revenue'], properties['total'], properties['value']];
  const amount = fields.find((field) => isReference(field));
  return Number(amount ?? 0) < 0;
}
