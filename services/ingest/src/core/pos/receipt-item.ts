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
  const key = keyOfReceipt(receipt);
  const traits = {
    ...present('email', customer?.email),
    ...present('phone', customer?.phone),
    ...present('loyalty_id', customer?.loyaltyId),
  };
  return {
    type: 'receipt',
    messageId: key,
    channel: receipt.channel ?? 'store',
    ...present('handledBy', receipt.operator),
    timestamp: times.timestamp,
    ...(times.sentAt === null ? {} : { sentAt: times.sentAt }),
    ...present('userId', customer?.userId),
    identifiers: [{ type: 'receipt_id', value: key }],
    ...(Object.keys(traits).length === 0 ? {} : { context: { traits } }),
    properties: propertiesOf(receipt, amounts),
  };
}

function propertiesOf(receipt: Receipt, amounts: ReceiptAmounts): JsonObject {
  const { currency, refundOf, voidOf, lines, tenders } = receipt;
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
    ...(refundOf === undefined ? {} : { refundOf: keyOfReference(refundOf, receipt) }),
    ...(voidOf === undefined ? {} : { voidOf: keyOfReference(voidOf, receipt) }),
    ...present('extra', receipt.extra),
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
