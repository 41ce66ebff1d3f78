/** Whether the sums of a receipt agree with each other, and what they are: a receipt that contradicts itself is not counted. */
import { amountText } from '@throughline/contracts';
import { rejectionOf, type Rejection } from '../rejection.ts';
import { extendedPrice, sumOfQuantities } from './extended-price.ts';
import type { Receipt, ReceiptLine } from './receipt-schema.ts';

/** In minor units of the receipt's currency; null where the receipt does not say. */
export interface ReceiptAmounts {
  total: number | null;
  tax: number | null;
  discount: number | null;
  cost: number | null;
  units: number | null;
  /** Of each line. */
  lineTotals: readonly number[];
}

export type AmountsResult = { ok: true; amounts: ReceiptAmounts } | { ok: false; rejection: Rejection };

/**
 * A line's total is quantity x unit price less its discounts. A broken quantity may be rounded up or down, since tills round
 * in both ways. The receipt's total is the sum of its lines, less its discounts, plus taxes where prices exclude them, plus
 * the rounding. Tenders less change are the total plus the tip.
 */
export function checkAmounts(receipt: Receipt): AmountsResult {
  const lineTotals: number[] = [];
  for (const [index, line] of receipt.lines.entries()) {
    const total = lineTotal(line);
    const fault = findLineFault(receipt, line, total, `lines[${index}].total`);
    if (fault !== null) return { ok: false, rejection: fault };
    lineTotals.push(total);
  }
  const tax = taxOf(receipt);
  const fault =
    findTaxFault(receipt) ??
    findTotalFault(receipt, sumOf(lineTotals), tax ?? 0) ??
    findTenderFault(receipt) ??
    findSignFault(receipt);
  if (fault !== null) return { ok: false, rejection: fault };
  const { lines, discounts } = receipt;
  const hasDetail = lines.length > 0 || discounts.length > 0;
  const allDiscounts = [...discounts, ...lines.flatMap((line) => line.discounts)];
  return {
    ok: true,
    amounts: {
      total: receipt.total ?? null,
      tax,
      discount: hasDetail ? sumOf(allDiscounts.map(({ amount }) => amount)) : null,
      cost: sumOfAll(lines.map(({ cost }) => cost)),
      units: lines.length > 0 ? sumOfQuantities(lines.map(({ quantity }) => quantity)) : null,
      lineTotals,
    },
  };
}

function lineTotal(line: ReceiptLine): number {
  if (line.total !== undefined || line.unitPrice === undefined) return line.total ?? 0;
  return extendedPrice(line.unitPrice, line.quantity).rounded - discountOf(line);
}

function findLineFault(receipt: Receipt, line: ReceiptLine, total: number, field: string): Rejection | null {
  if (line.unitPrice === undefined) return null;
  const price = extendedPrice(line.unitPrice, line.quantity);
  const beforeDiscounts = total + discountOf(line);
  if (beforeDiscounts >= price.lower && beforeDiscounts <= price.upper) return null;
  const { rounded } = price;
  return disagreement(
    receipt,
    field,
    rounded - discountOf(line),
    total,
    'quantity x unitPrice less discounts',
  );
}

function findTaxFault(receipt: Receipt): Rejection | null {
  const ofLines = sumOfAll(receipt.lines.map(({ tax }) => tax));
  if (ofLines === null || receipt.tax === undefined) return null;
  // Rounded by line, or once by rate: each line can be off by at most one minor unit.
  if (Math.abs(ofLines - receipt.tax) <= receipt.lines.length) return null;
  return disagreement(receipt, 'tax', ofLines, receipt.tax, 'the taxes of the lines');
}

function findTotalFault(receipt: Receipt, ofLines: number, tax: number): Rejection | null {
  const { total, lines, discounts, pricesIncludeTax, rounding } = receipt;
  if (total === undefined || (lines.length === 0 && discounts.length === 0)) return null;
  const off = sumOf(discounts.map(({ amount }) => amount));
  const expected = ofLines - off + (pricesIncludeTax ? 0 : tax) + rounding;
  if (expected === total) return null;
  const of = pricesIncludeTax
    ? 'lines less discounts plus rounding'
    : 'lines less discounts plus tax and rounding';
  return disagreement(receipt, 'total', expected, total, of);
}

function findTenderFault(receipt: Receipt): Rejection | null {
  const { total, tenders, tip, change } = receipt;
  if (total === undefined || tenders === undefined) return null;
  const paid = sumOf(tenders.map(({ amount }) => amount)) - change;
  if (paid === total + tip) return null;
  return disagreement(
    receipt,
    'tenders',
    total + tip,
    paid,
    'tenders less change, which are the total plus the tip',
  );
}

function findSignFault({ kind, total }: Receipt): Rejection | null {
  if (kind !== 'refund' || total === undefined || total <= 0) return null;
  return rejectionOf(
    'invalid_field',
    'total',
    '0 or less in a refund: what the customer gets back is negative',
  );
}

function taxOf({ tax, lines }: Receipt): number | null {
  return tax ?? sumOfAll(lines.map((line) => line.tax));
}

function discountOf({ discounts }: ReceiptLine): number {
  return sumOf(discounts.map(({ amount }) => amount));
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

/** Null when one is missing: the sum of the others would look like the whole. */
function sumOfAll(amounts: readonly (number | undefined)[]): number | null {
  const known = amounts.filter((amount) => amount !== undefined);
  return known.length === 0 || known.length < amounts.length ? null : sumOf(known);
}

function disagreement(
  { currency }: Receipt,
  field: string,
  expected: number,
  said: number,
  of: string,
): Rejection {
  const text = (amount: number): string => `${amount} (${amountText({ amount, currency })} ${currency})`;
  return rejectionOf(
    'amounts_disagree',
    field,
    `${text(expected)}, by ${of}; the receipt says ${text(said)}, a difference of ${text(said - expected)}`,
  );
}
