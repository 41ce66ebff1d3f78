/** A receipt as the item of a touchpoint: amounts as decimal texts in major units, as all other touchpoints have them. */
import { amountText } from '@throughline/contracts';
import type { JsonObject } from '../json-value.ts';
import type { ReceiptAmounts } from './check-amounts.ts';
import { keyOfReceipt, keyOfReference } from './receipt-key.ts';
import type { Receipt, ReceiptLine } from './receipt-schema.ts';

export interface ReceiptTimes {
  timestamp: string;
  sentAt: string | null;
}

export function receiptItem(receipt: Receipt, amounts: ReceiptAmounts, times: ReceiptTimes): JsonObject {
  const { customer } = receipt;
  const traits = {
    ...present('email', customer?.email),
    ...present('phone', customer?.phone),
    ...present('loyalty_id', customer?.loyaltyId),
  };
  return {
    type: 'receipt',
    messageId: keyOfReceipt(receipt),
    channel: receipt.channel ?? 'store',
    ...present('handledBy', receipt.operator),
    timestamp: times.timestamp,
    ...(times.sentAt === null ? {} : { sentAt: times.sentAt }),
    ...present('userId', customer?.userId),
    identifiers: [transactionOf(receipt)],
    ...(Object.keys(traits).length === 0 ? {} : { context: { traits } }),
    properties: propertiesOf(receipt, amounts),
  };
}

/** What takes back an order names the order itself: it is the same transaction. A receipt that takes back another is its own. */
function transactionOf(receipt: Receipt): { type: string; value: string } {
  const { identifiedAs, refundOf, voidOf } = receipt;
  if (identifiedAs === 'receipt') return { type: 'receipt_id', value: keyOfReceipt(receipt) };
  const reference = refundOf ?? voidOf;
  const value = reference === undefined ? keyOfReceipt(receipt) : keyOfReference(reference, receipt);
  return { type: 'order_id', value };
}

function propertiesOf(receipt: Receipt, amounts: ReceiptAmounts): JsonObject {
  const { currency, lines, tenders } = receipt;
  const money = (amount: number | null | undefined): string | undefined =>
    typeof amount === 'number' ? amountText({ amount, currency }) : undefined;
  return {
    kind: receipt.kind,
    store: receipt.store,
    ...present('register', receipt.register),
    ...present('businessDay', receipt.businessDay),
    ...present('sequence', receipt.sequence),
    ...present('operator', receipt.operator),
    currency,
    ...present('total', money(amounts.total)),
    ...present('tax', money(amounts.tax)),
    ...present('discount', money(amounts.discount)),
    ...present('cost', money(amounts.cost)),
    ...present('units', amounts.units),
    ...(receipt.rounding === 0 ? {} : { rounding: money(receipt.rounding) }),
    ...(receipt.tip === 0 ? {} : { tip: money(receipt.tip) }),
    ...(receipt.change === 0 ? {} : { change: money(receipt.change) }),
    ...(lines.length === 0
      ? {}
      : { lines: lines.map((line, index) => lineProperties(line, amounts.lineTotals[index] ?? 0, money)) }),
    ...present(
      'tenders',
      tenders?.map(({ amount, ...tender }) => ({ ...tender, amount: money(amount) })),
    ),
    ...referencesOf(receipt),
    ...present('extra', receipt.extra),
  };
}

function referencesOf(receipt: Receipt): JsonObject {
  const { identifiedAs, refundOf, voidOf } = receipt;
  if (identifiedAs === 'order') return {};
  return {
    ...(refundOf === undefined ? {} : { refundOf: keyOfReference(refundOf, receipt) }),
    ...(voidOf === undefined ? {} : { voidOf: keyOfReference(voidOf, receipt) }),
  };
}

function lineProperties(
  { discounts, unitPrice, tax, cost, ...line }: ReceiptLine,
  total: number,
  money: (amount: number | undefined) => string | undefined,
): JsonObject {
  return {
    ...line,
    ...present('unitPrice', money(unitPrice)),
    ...(discounts.length === 0
      ? {}
      : { discounts: discounts.map(({ amount, ...discount }) => ({ ...discount, amount: money(amount) })) }),
    ...present('tax', money(tax)),
    ...present('cost', money(cost)),
    total: money(total),
  };
}

function present(name: string, value: unknown): JsonObject {
  return value === undefined || value === null ? {} : { [name]: value };
}
