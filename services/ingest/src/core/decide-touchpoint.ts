/**
 * The whole work on one item: what a client sent becomes an accepted touchpoint or a rejection with its reason. A pure
 * function of its arguments, so a resubmitted item is decided again exactly as on the first day.
 */
import type { Touchpoint, TouchpointType } from '@throughline/contracts';
import { amendedTransaction } from './amended-transaction.ts';
import { buildTouchpoint, hasUnreadableAmount, nameOf } from './build-touchpoint.ts';
import type { ReceiptNumber } from './pos/receipt-key.ts';
import { canonicalJson, type CanonicalJson, type WrittenMember } from './canonical-json.ts';
import { collectIdentifiers } from './collect-identifiers.ts';
import { decideOccurredAt } from './decide-occurred-at.ts';
import { decideTouchpointId } from './decide-touchpoint-id.ts';
import {
  canonicalRejection,
  findCarriageFault,
  findFieldFault,
  parseTouchpointType,
} from './find-item-fault.ts';
import type { IdentifierRules } from './identifier-collector.ts';
import { itemMaxBytes } from './item-limits.ts';
import { parseFrame } from './item-schema.ts';
import { isJsonObject, type JsonObject } from './json-value.ts';
import { decidePrivacy, type PrivacyTools, type RequestSignals } from './privacy/decide-privacy.ts';
import { defaultPrivacy } from './privacy/privacy-settings.ts';
import type { MapItem, MappedItem, MappingTools } from './protocols/mapped-item.ts';
import { rejectionOf, type Rejection } from './rejection.ts';
import { repairTexts } from './repair-text.ts';

/**
 * `native` items are held to the frame they send; Segment's clients use some of its field names for other things. Items of
 * a till are receipts.
 */
export type ItemDialect = 'native' | 'segment' | 'receipt';

export interface ItemContext extends IdentifierRules, MappingTools, PrivacyTools {
  signals: RequestSignals;
  dialect: ItemDialect;
  /** Of a route whose items come in another protocol's form. */
  mapItem?: MapItem | undefined;
  /** The type that the route stands for; null where each item says its own. */
  routeType: TouchpointType | null;
  source: string;
  receivedAtMs: number;
  /** The same as an instant; a parameter because a request's items share it. */
  receivedAt: string;
  /** For an item without an id; its retries will then count again. */
  fallbackId: string;
}

export type Decision =
  | {
      ok: true;
      touchpoint: Touchpoint;
      /** What the body's hash is taken of. */
      canonicalBody: string;
      /** Of the canonical body: what a field of the touchpoint may be. */
      members?: readonly WrittenMember[];
      receiptNumber?: ReceiptNumber | null;
    }
  | {
      ok: false;
      id: string | null;
      rejection: Rejection;
      /** Of a receipt that could be read so far. */
      canonicalBody?: string;
      receiptNumber?: ReceiptNumber | null;
    };

/** Set by each attempt to deliver the same item, so no part of what it says. */
const deliveryFields: ReadonlySet<string> = new Set(['sentAt', '_metadata', 'writeKey']);

export function decideTouchpoint(raw: unknown, context: ItemContext): Decision {
  if (!isJsonObject(raw)) {
    // Walked all the same: what is nested too deeply must be known before it is written as text.
    const walked = canonicalJson(raw, undefined, itemMaxBytes);
    const rejection = walked.ok
      ? rejectionOf('item_not_object', '', 'a JSON object')
      : canonicalRejection(walked.code, raw);
    return { ok: false, id: null, rejection };
  }
  const mapped = mapItem(raw, context);
  if (!mapped.ok) return mapped;
  const privacy = privacyOf(mapped.item, context);
  if (!privacy.ok) {
    const id = decideTouchpointId(mapped.item);
    return { ok: false, id: id.ok ? id.id : null, rejection: privacy.rejection };
  }
  const decision = decideItem(privacy.item, context);
  if (!decision.ok || !privacy.isBot) return decision;
  const warnings = [...(decision.touchpoint.warnings ?? []), 'bot'];
  return { ...decision, touchpoint: { ...decision.touchpoint, warnings } };
}

/**
 * What the rejected store may have of an item that was rejected: what was sent, unless the settings of the source take
 * something out of it. Then it is the item that was made of what was sent, and `isMapped` says if that has another form.
 */
export function rejectedBody(raw: unknown, context: ItemContext): { body: unknown; isMapped: boolean } {
  const asSent = { body: raw, isMapped: false };
  if (!isJsonObject(raw) || context.dialect === 'receipt') return asSent;
  const mapped = mapItem(raw, context);
  if (!mapped.ok) return asSent;
  const privacy = privacyOf(mapped.item, context);
  const body = privacy.ok ? privacy.item : privacy.kept;
  return body === mapped.item ? asSent : { body, isMapped: context.mapItem !== undefined };
}

function mapItem(raw: JsonObject, context: ItemContext): MappedItem {
  return context.mapItem?.(raw, context) ?? { ok: true, item: raw };
}

function privacyOf(item: JsonObject, context: ItemContext): ReturnType<typeof decidePrivacy> {
  return decidePrivacy(item, context.signals, context.settings.privacy ?? defaultPrivacy, context);
}

function decideItem(raw: JsonObject, context: ItemContext): Decision {
  const sent = context.routeType === null ? raw : { ...raw, type: context.routeType };
  const id = decideTouchpointId(sent);
  const reject = (rejection: Rejection): Decision => ({ ok: false, id: id.ok ? id.id : null, rejection });
  const canonical = canonicalJson(sent, deliveryFields, itemMaxBytes);
  if (!canonical.ok) return reject(canonicalRejection(canonical.code, sent));
  const carriage = findCarriageFault(canonical, sent);
  if (carriage !== null) return reject(carriage);
  if (!id.ok) return reject(id.rejection);
  const decided = decideContent(sent, canonical, id.id, context);
  if (!decided.ok) return reject(decided.rejection);
  return { ...decided, canonicalBody: canonical.text, members: canonical.members };
}

type Content = { ok: true; touchpoint: Touchpoint } | { ok: false; rejection: Rejection };

function decideContent(
  sent: JsonObject,
  canonical: CanonicalJson,
  id: string | null,
  context: ItemContext,
): Content {
  const item = canonical.hasBrokenText ? repairTexts(sent) : sent;
  const parsed = parseTouchpointType(item['type']);
  if (!parsed.ok) return parsed;
  const { type } = parsed;
  const fault = findFieldFault(item, type);
  if (fault !== null) return { ok: false, rejection: fault };
  const time = decideOccurredAt(sent, context);
  if (!time.ok) return time;
  // From what was sent, not from what was repaired: a repaired text is no identifier.
  const collected = collectIdentifiers(sent, type, context);
  if (!collected.ok) return collected;
  const framed = parseFrame(item);
  if (!framed.ok && context.dialect === 'native') return framed;

  const warnings: string[] = [...collected.warnings];
  if (id === null) warnings.push('id_made');
  warnings.push(...time.warnings);
  if (canonical.hasBrokenText) warnings.push('text_repaired');
  if (!framed.ok) warnings.push('frame_ignored');
  if (hasUnreadableAmount(item, type)) warnings.push('amount_ignored');
  const touchpoint = buildTouchpoint({
    item,
    type,
    id: id ?? context.fallbackId,
    source: context.source,
    receivedAt: context.receivedAt,
    occurredAt: time.occurredAt,
    identifiers: collected.identifiers,
    amends: amendedTransaction(sent, { type, name: nameOf(item, type) }, collected.identifiers, context),
    frame: framed.ok ? framed.frame : null,
    warnings,
  });
  return { ok: true, touchpoint };
}
