/** The key of a receipt: the id that its till made, else its place, day and number. */
import { z } from 'zod';
import { receiptSchema, tidyReceipt, type Receipt, type ReceiptReference } from './receipt-schema.ts';

export interface ReceiptNumber {
  store: string;
  register: string;
  /** YYYY-MM-DD */
  businessDay: string;
  sequence: number;
}

/** No part has a colon, so different numbers have different keys. At most 99 characters. */
export function keyOfNumber({ store, register, businessDay, sequence }: ReceiptNumber): string {
  return `${store}:${register}:${businessDay}:${sequence}`;
}

/** Null for a receipt of a till without numbers. */
export function receiptNumberOf(
  receipt: Pick<Receipt, 'store' | 'register' | 'businessDay' | 'sequence'>,
): ReceiptNumber | null {
  const { store, register, businessDay, sequence } = receipt;
  if (register === undefined || businessDay === undefined || sequence === undefined) return null;
  return { store, register, businessDay, sequence };
}

const checkNumber = z.compile(
  receiptSchema.pick({ store: true, register: true, businessDay: true, sequence: true }).strip(),
);

/** The number of an item that may be no receipt at all; null where it cannot be read. */
export function findReceiptNumber(item: unknown): ReceiptNumber | null {
  const parsed = checkNumber.safeParse(tidyReceipt(item));
  return parsed.success ? receiptNumberOf(parsed.data) : null;
}

/** Of a receipt that has passed `parseReceipt`: it has an id or a whole number. */
export function keyOfReceipt(receipt: Receipt): string {
  const number = receiptNumberOf(receipt);
  return receipt.id ?? (number === null ? '' : keyOfNumber(number));
}

/** Of a reference that has passed `parseReceipt`; what it leaves out is that of the receipt that makes it. */
export function keyOfReference(reference: ReceiptReference, receipt: Receipt): string {
  if (reference.id !== undefined) return reference.id;
  const { businessDay = '', sequence = 0 } = reference;
  const register = reference.register ?? receipt.register ?? '';
  return keyOfNumber({ store: reference.store ?? receipt.store, register, businessDay, sequence });
}
