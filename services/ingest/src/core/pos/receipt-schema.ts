/**
 * A receipt as a till sends it: the shape alone. Whether its sums agree is `check-amounts.ts`. Strict, for a misspelled field
 * of money would be money lost; what a till has beyond these fields goes into `extra`.
 */
import { isCurrency, isTimeZone } from '@throughline/contracts';
import { z } from 'zod';
import { isBlank, isJsonObject, type JsonObject } from '../json-value.ts';
import { rejectionOf, type Rejection } from '../rejection.ts';

/** So large that no receipt reaches it, and sums of a thousand of them stay exact. */
const amountMax = 1_000_000_000_000;
export const sequenceMax = 999_999_999_999;
const lineMax = 1_000;

const currencyExpected = 'expected an ISO 4217 code such as EUR';

const amount = z.int().min(-amountMax).max(amountMax);
const positiveAmount = z.int().min(0).max(amountMax);

const text = (maxLength: number) => z.string().trim().min(1).max(maxLength);

/** The colon separates the parts of a receipt's key. */
const place = (maxLength: number) =>
  z
    .string()
    .trim()
    .regex(new RegExp(`^[\\p{L}\\p{N}][\\p{L}\\p{N} ._#/-]{0,${maxLength - 1}}$`, 'u'), {
      error: `expected 1 to ${maxLength} letters, digits, blanks and . _ # / -`,
    });

/** With the day and the number, a key of at most 100 characters: it is the touchpoint's id. */
const store = place(40);
const register = place(30);

const businessDay = z.iso.date({ error: 'expected a day such as 2026-03-01' });
const sequence = z.int().min(0).max(sequenceMax);
const receiptId = text(100);
const zone = z
  .string()
  .max(60)
  .refine(isTimeZone, { error: 'expected an IANA time zone, such as Europe/Berlin' });
const localOrInstant = z.string().max(50);

/** Six decimals: what scales and pumps print. */
const quantity = z
  .number()
  .min(-1_000_000_000)
  .max(1_000_000_000)
  .refine((value) => /^-?\d+(\.\d{1,6})?$/.test(String(value)), {
    error: 'expected a number with at most 6 decimals',
  });

const discountSchema = z.strictObject({
  amount: amount.describe('Taken off, in minor units; negative on a returned line.'),
  reason: text(200).exactOptional().describe('Such as the name of the promotion.'),
});

const lineSchema = z.strictObject({
  sku: text(100).exactOptional().describe('The number of the article.'),
  name: text(200).exactOptional(),
  category: text(200).exactOptional(),
  quantity: quantity.default(1).describe('Pieces, kilograms, litres; negative for a returned article.'),
  unitPrice: positiveAmount
    .exactOptional()
    .describe('In minor units. Left out where a unit costs fractions of them; `total` then stands alone.'),
  discounts: z.array(discountSchema).max(50).default([]).describe('Of this line.'),
  tax: amount.exactOptional().describe('Of this line, in minor units; negative on a returned line.'),
  taxRate: z.number().min(0).max(1_000).exactOptional().describe('In per cent. Kept, not computed with.'),
  cost: amount
    .exactOptional()
    .describe('What the line cost the shop, in minor units; negative on a returned line.'),
  total: amount
    .exactOptional()
    .describe(
      'quantity x unitPrice less the discounts, rounded to minor units. Must agree with them; computed (half away from zero) when missing.',
    ),
});

const tenderSchema = z.strictObject({
  type: text(50).describe('Such as cash, card, voucher.'),
  amount: amount.describe('As handed over, in minor units; negative where it is given back.'),
  reference: text(100).exactOptional().describe('Such as an authorization number; never a card number.'),
});

const customerSchema = z.strictObject({
  userId: text(200).exactOptional(),
  loyaltyId: text(200).exactOptional().describe('The number of the loyalty card.'),
  email: z.string().max(500).exactOptional(),
  phone: z.string().max(500).exactOptional(),
});

export const receiptReferenceSchema = z.strictObject({
  id: receiptId
    .exactOptional()
    .describe("The other receipt's `id`, if its till gave it one; else its number:"),
  store: store.exactOptional().describe('Default: the store of this receipt.'),
  register: register.exactOptional().describe('Default: the register of this receipt.'),
  businessDay: businessDay.exactOptional(),
  sequence: sequence.exactOptional(),
});

const receiptKinds = ['sale', 'refund', 'void', 'cancellation', 'control'] as const;

export const receiptSchema = z.strictObject({
  id: receiptId
    .exactOptional()
    .describe(
      'Of the receipt, if the till makes one. Without it store, register, business day and sequence are the key.',
    ),
  kind: z
    .enum(receiptKinds)
    .default('sale')
    .describe(
      '`void` takes back a whole receipt; a `cancellation` is a receipt that was given up before it was paid; `control` sells nothing and takes a number.',
    ),
  identifiedAs: z
    .enum(['receipt', 'order'])
    .default('receipt')
    .describe(
      '`order`: its key is an order number, such as that of `Order Completed` from the website of a shop.',
    ),
  store,
  register: register.exactOptional(),
  businessDay: businessDay
    .exactOptional()
    .describe('The day that the till books it to, which may end after midnight.'),
  sequence: sequence
    .exactOptional()
    .describe("The till's running number. Training receipts, voids and cancellations take numbers too."),
  time: localOrInstant.describe('RFC 3339; without a zone it is of the time zone of the register.'),
  timeZone: zone
    .exactOptional()
    .describe('Of the register. Default: by the settings of the source, else THROUGHLINE_TIME_ZONE.'),
  registerTime: localOrInstant
    .exactOptional()
    .describe(
      "What the register's clock showed when it handed over the receipt: how far it is off corrects `time`.",
    ),
  uploadedAt: localOrInstant
    .exactOptional()
    .describe(
      'For an upload that waited on the way: the right time when `registerTime` was read. Without it that is the time of receipt.',
    ),
  operator: text(100).exactOptional().describe('Who rang it up, as the till has it.'),
  channel: text(50).exactOptional().describe('Default: store.'),
  currency: z.string().regex(/^[A-Z]{3}$/, { error: currencyExpected }),
  pricesIncludeTax: z
    .boolean()
    .default(true)
    .describe('False where taxes are added to the lines, as in the United States.'),
  lines: z.array(lineSchema).max(lineMax).default([]),
  discounts: z.array(discountSchema).max(100).default([]).describe('Of the receipt as a whole.'),
  tax: amount
    .exactOptional()
    .describe('All taxes, in minor units. Default: those of the lines, if all of them say.'),
  rounding: amount.default(0).describe('Added where coins of the minor unit do not exist, such as -2.'),
  total: amount
    .exactOptional()
    .describe(
      'What the customer owes, in minor units; of a refund 0 or less. Required of sales and refunds.',
    ),
  tip: positiveAmount.default(0).describe('Paid above the total.'),
  change: positiveAmount.default(0).describe('Given back, where the tenders do not list it.'),
  tenders: z
    .array(tenderSchema)
    .max(100)
    .exactOptional()
    .describe('How it was paid. Not compared when missing.'),
  customer: customerSchema.exactOptional(),
  training: z
    .boolean()
    .default(false)
    .describe('Of training mode: acknowledged and kept apart, never counted.'),
  refundOf: receiptReferenceSchema
    .exactOptional()
    .describe('The receipt that a refund gives money back for; it may come later than the refund.'),
  voidOf: receiptReferenceSchema
    .exactOptional()
    .describe('The receipt that a void takes back; it may come later than the void. Required of voids.'),
  extra: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe('Whatever else the till says; kept as it is.'),
});

const checkReceipt = z.compile(receiptSchema);

export type Receipt = z.infer<typeof receiptSchema>;
export type ReceiptLine = Receipt['lines'][number];
export type ReceiptReference = z.infer<typeof receiptReferenceSchema>;

export type ReceiptResult = { ok: true; receipt: Receipt } | { ok: false; rejection: Rejection };

export function parseReceipt(value: unknown): ReceiptResult {
  const result = checkReceipt.safeParse(tidyReceipt(value));
  if (!result.success) return { ok: false, rejection: rejectionOfIssue(result.error.issues[0]) };
  const receipt = result.data;
  const missing = findMissing(receipt);
  if (missing !== null) return { ok: false, rejection: rejectionOf('missing_field', ...missing) };
  // A misspelt code would be a currency of its own in the figures. What has no amounts may be of none (XXX).
  const isKnown = (receipt.kind !== 'sale' && receipt.kind !== 'refund') || isCurrency(receipt.currency);
  if (!isKnown) return { ok: false, rejection: rejectionOf('invalid_field', 'currency', currencyExpected) };
  return { ok: true, receipt };
}

/** Some tills write these as numbers: "7" as 7. */
const textFields: ReadonlySet<string> = new Set(['store', 'register', 'loyaltyId', 'sku']);

/** Null and blank are absent, as in all other items; what is in `extra` stays as it was sent. */
export function tidyReceipt(value: unknown, isRoot = true): unknown {
  if (Array.isArray(value)) return value.map((element) => tidyReceipt(element, false));
  if (!isJsonObject(value)) return value;
  const kept: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (isBlank(member)) continue;
    if (isRoot && key === 'extra') kept[key] = member;
    else if (textFields.has(key) && Number.isSafeInteger(member)) kept[key] = String(member);
    else kept[key] = tidyReceipt(member, false);
  }
  return kept;
}

function findMissing(receipt: Receipt): [field: string, expected: string] | null {
  const { id, kind, lines } = receipt;
  if (id === undefined) {
    for (const field of ['register', 'businessDay', 'sequence'] as const) {
      if (receipt[field] === undefined) {
        return [field, 'an id, or register, businessDay and sequence'];
      }
    }
  }
  const needsTotal = (kind === 'sale' || kind === 'refund') && !receipt.training;
  if (needsTotal && receipt.total === undefined) return ['total', 'what the customer owes, in minor units'];
  if (kind === 'void' && receipt.voidOf === undefined) return ['voidOf', 'the receipt that it takes back'];
  for (const [index, line] of lines.entries()) {
    if (line.total === undefined && line.unitPrice === undefined) {
      return [`lines[${index}].total`, 'a total or a unitPrice, in minor units'];
    }
  }
  for (const field of ['refundOf', 'voidOf'] as const) {
    const reference = receipt[field];
    if (reference === undefined || reference.id !== undefined) continue;
    const isWhole =
      reference.businessDay !== undefined &&
      reference.sequence !== undefined &&
      (reference.register ?? receipt.register) !== undefined;
    if (!isWhole) return [field, 'an id, or businessDay and sequence (store, register)'];
  }
  return null;
}

function rejectionOfIssue(issue: z.core.$ZodIssue | undefined): Rejection {
  const path = fieldPath(issue?.path ?? []);
  if (issue?.code === 'unrecognized_keys') {
    const field = [path, issue.keys[0] ?? ''].filter((part) => part !== '').join('.');
    return rejectionOf(
      'invalid_field',
      field,
      'a field of the documentation; what is beyond them goes into extra',
    );
  }
  const isMissing = issue?.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return rejectionOf(isMissing ? 'missing_field' : 'invalid_field', path, issue?.message ?? 'another value');
}

function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, part) => {
    if (typeof part === 'number') return `${whole}[${part}]`;
    return whole === '' ? String(part) : `${whole}.${String(part)}`;
  }, '');
}
