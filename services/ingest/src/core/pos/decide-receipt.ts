/**
 * The whole work on one receipt: an accepted touchpoint, or a rejection with its reason. Receipts that count nothing are
 * rejected by codes of their own, so that they are kept with their text and can be found, and are never counted.
 */
import type { Touchpoint } from '@throughline/contracts';
import { canonicalJson, type CanonicalJson } from '../canonical-json.ts';
import { decideTouchpoint, type Decision, type ItemContext } from '../decide-touchpoint.ts';
import { canonicalRejection, findCarriageFault } from '../find-item-fault.ts';
import { isJsonObject, type JsonObject } from '../json-value.ts';
import { rejectionOf, type Rejection } from '../rejection.ts';
import { repairTexts } from '../repair-text.ts';
import { checkAmounts } from './check-amounts.ts';
import { decideReceiptTime, zoneOfReceipt } from './decide-receipt-time.ts';
import { receiptItem } from './receipt-item.ts';
import { findReceiptNumber, keyOfReceipt } from './receipt-key.ts';
import { parseReceipt, type Receipt } from './receipt-schema.ts';

export interface ReceiptContext extends ItemContext {
  /** IANA name: of registers whose zone nothing else says. */
  timeZone: string;
}

/** How a receipt was delivered, which differs between the attempts to deliver it. */
const deliveryFields: ReadonlySet<string> = new Set(['registerTime', 'uploadedAt']);

export function decideReceipt(raw: unknown, context: ReceiptContext): Decision {
  const mapped = isJsonObject(raw) ? context.mapItem?.(raw, context) : undefined;
  if (mapped?.ok === false) return mapped;
  return decideMapped(mapped === undefined ? raw : mapped.item, context);
}

function decideMapped(raw: unknown, context: ReceiptContext): Decision {
  const canonical = canonicalJson(raw, deliveryFields);
  if (!canonical.ok) return rejected(null, canonicalRejection(canonical.code, raw));
  if (!isJsonObject(raw)) return rejected(null, rejectionOf('item_not_object', '', 'a JSON object'));
  const decided = decideReadable(raw, canonical, context);
  const receiptNumber = findReceiptNumber(raw);
  // The hash is of what the till sent, not of what was made of it, so no text of the touchpoint is part of it.
  return decided.ok
    ? { ...decided, canonicalBody: canonical.text, members: [], receiptNumber }
    : { ...decided, canonicalBody: canonical.text, receiptNumber };
}

function decideReadable(raw: JsonObject, canonical: CanonicalJson, context: ReceiptContext): Decision {
  const carriage = findCarriageFault(canonical, raw);
  if (carriage !== null) return rejected(idOf(raw), carriage);
  const parsed = parseReceipt(canonical.hasBrokenText ? repairTexts(raw) : raw);
  if (!parsed.ok) return rejected(idOf(raw), parsed.rejection);
  const decided = decideContent(parsed.receipt, context);
  if (!decided.ok || !canonical.hasBrokenText) return decided;
  return { ...decided, touchpoint: withWarning(decided.touchpoint, 'text_repaired') };
}

function decideContent(receipt: Receipt, context: ReceiptContext): Decision {
  const key = keyOfReceipt(receipt);
  // Before anything else of it is judged: nothing has to be right about what counts nothing.
  const apart = receipt.training ? 'training_receipt' : receipt.kind === 'control' ? 'control_receipt' : null;
  if (apart !== null) return rejected(key, rejectionOf(apart, '', 'a receipt that counts'));
  const checked = checkAmounts(receipt);
  if (!checked.ok) return rejected(key, checked.rejection);
  const time = decideReceiptTime(receipt, zoneOfReceipt(receipt, context.settings, context.timeZone));
  if (!time.ok) return rejected(key, time.rejection);
  const decision = decideTouchpoint(receiptItem(receipt, checked.amounts, time), {
    ...context,
    dialect: 'native',
    mapItem: undefined,
    routeType: null,
  });
  if (!decision.ok || !time.isCorrected) return decision;
  return { ...decision, touchpoint: withWarning(decision.touchpoint, 'time_corrected') };
}

function withWarning(touchpoint: Touchpoint, warning: string): Touchpoint {
  return { ...touchpoint, warnings: [...(touchpoint.warnings ?? []), warning] };
}

function rejected(id: string | null, rejection: Rejection): Decision {
  return { ok: false, id, rejection };
}

function idOf(raw: JsonObject): string | null {
  const id = raw['id'];
  return typeof id === 'string' && id.length <= 100 ? id : null;
}
