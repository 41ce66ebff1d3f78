/**
 * The whole work on one item: what a client sent becomes an accepted touchpoint or a rejection with its reason. A pure
 * function of its arguments, so a resubmitted item is decided again exactly as on the first day.
 */
import {
  touchpointTypes,
  type Identifier,
  type ItemCode,
  type Touchpoint,
  type TouchpointType,
} from '@throughline/contracts';
import { canonicalJson, type CanonicalJson } from './canonical-json.ts';
import { collectIdentifiers, type AliasPair } from './collect-identifiers.ts';
import { decideOccurredAt } from './decide-occurred-at.ts';
import { decideTouchpointId } from './decide-touchpoint-id.ts';
import { findInJson } from './find-in-json.ts';
import { itemMaxBytes } from './item-limits.ts';
import { findShapeFault, parseFrame, type TouchpointFrame } from './item-schema.ts';
import { isAbsent, isJsonObject, type JsonObject } from './json-value.ts';
import { rejectionOf, type Rejection } from './rejection.ts';
import { repairTexts } from './repair-text.ts';
import { exceedsUtf8Length } from './utf8-length.ts';

/** `native` items are held to the frame they send; Segment's clients use some of its field names for other things. */
export type ItemDialect = 'native' | 'segment';

export interface ItemContext {
  dialect: ItemDialect;
  /** The type that the route stands for; null where each item tells its own. */
  routeType: TouchpointType | null;
  source: string;
  receivedAtMs: number;
  /** The same as an instant; a parameter because a request's items share it. */
  receivedAt: string;
  /** For an item without an id; its retries will then count again. */
  fallbackId: string;
  /** How deep the item lies in its request. */
  depth: number;
}

export type Decision =
  | {
      ok: true;
      touchpoint: Touchpoint;
      /** What the body's hash is taken of. */
      canonicalBody: string;
    }
  | { ok: false; id: string | null; rejection: Rejection };

/** Set anew by each attempt to deliver the same item, so no part of what it says. */
const deliveryFields: ReadonlySet<string> = new Set(['sentAt', '_metadata', 'writeKey']);

/** @throws RequestRefusal when the request as a whole must be refused */
export function decideTouchpoint(raw: unknown, context: ItemContext): Decision {
  if (!isJsonObject(raw)) {
    // Walked all the same: what is nested too deeply is refused wherever it lies.
    canonicalJson(raw, context.depth);
    return { ok: false, id: null, rejection: rejectionOf('item_not_object', '', 'a JSON object') };
  }
  const sent = context.routeType === null ? raw : { ...raw, type: context.routeType };
  const canonical = canonicalJson(sent, context.depth, deliveryFields);
  const id = decideTouchpointId(sent);
  const reject = (rejection: Rejection): Decision => ({ ok: false, id: id.ok ? id.id : null, rejection });

  const oversize = findOversize(canonical, sent);
  if (oversize !== null) return reject(oversize);
  if (canonical.hasUnsafeNumber) {
    const field = findInJson(sent, isUnsafeNumber) ?? '';
    return reject(rejectionOf('invalid_number', field, 'a number within ±(2^53 - 1)'));
  }
  const item = canonical.hasBrokenText ? repairTexts(sent) : sent;
  if (!id.ok) return reject(id.rejection);
  const type = item['type'];
  if (isAbsent(type)) return reject(rejectionOf('missing_field', 'type', touchpointTypes.join(', ')));
  if (!isTouchpointType(type)) return reject(rejectionOf('unknown_type', 'type', touchpointTypes.join(', ')));
  const fault = findShapeFault(item) ?? findFieldFault(item, type);
  if (fault !== null) return reject(fault);
  const time = decideOccurredAt(sent, context);
  if (!time.ok) return reject(time.rejection);
  // From what was sent, not from what was repaired: a repaired text is no identifier.
  const collected = collectIdentifiers(sent, type);
  if (!collected.ok) return reject(collected.rejection);
  const framed = parseFrame(item);
  if (!framed.ok && context.dialect === 'native') return reject(framed.rejection);

  const warnings: string[] = [...collected.warnings];
  if (id.id === null) warnings.push('id_made');
  if (time.warning !== undefined) warnings.push(time.warning);
  if (canonical.hasBrokenText) warnings.push('text_repaired');
  if (!framed.ok) warnings.push('frame_ignored');
  const touchpoint = buildTouchpoint({
    item,
    type,
    id: id.id ?? context.fallbackId,
    source: context.source,
    receivedAt: context.receivedAt,
    occurredAt: time.occurredAt,
    identifiers: collected.identifiers,
    alias: collected.alias,
    frame: framed.ok ? framed.frame : null,
    warnings,
  });
  return { ok: true, touchpoint, canonicalBody: canonical.text };
}

function isTouchpointType(type: unknown): type is TouchpointType {
  return (touchpointTypes as readonly unknown[]).includes(type);
}

function isUnsafeNumber(scalar: unknown): boolean {
  return typeof scalar === 'number' && !(Math.abs(scalar) <= Number.MAX_SAFE_INTEGER);
}

function findOversize({ text }: CanonicalJson, body: JsonObject): Rejection | null {
  if (!exceedsUtf8Length(text, itemMaxBytes)) return null;
  const isLong = (scalar: unknown): boolean =>
    typeof scalar === 'string' && exceedsUtf8Length(scalar, itemMaxBytes);
  const field = findInJson(body, isLong);
  const code: ItemCode = field === null ? 'item_too_large' : 'property_too_large';
  return rejectionOf(code, field ?? '', `at most ${itemMaxBytes} bytes of JSON`);
}

const decimal = /^-?\d{1,15}(\.\d{1,15})?$/;

/** What the shape alone does not tell. */
function findFieldFault(item: JsonObject, type: TouchpointType): Rejection | null {
  if (type === 'track' && isAbsent(nameOf(item, type))) {
    return rejectionOf(
      'missing_field',
      'event' in item || !('name' in item) ? 'event' : 'name',
      'the name of the event',
    );
  }
  const properties = item['properties'];
  const revenue = isJsonObject(properties) ? properties['revenue'] : undefined;
  if (isAbsent(revenue) || typeof revenue === 'number') return null;
  if (typeof revenue === 'string' && decimal.test(revenue)) return null;
  return rejectionOf('invalid_field', 'properties.revenue', 'a number, such as 12.5');
}

function nameOf(item: JsonObject, type: TouchpointType): string | null {
  const own = type === 'track' ? [item['event'], item['name']] : [item['name'], item['event']];
  if (type === 'identify' || type === 'group' || type === 'alias') return null;
  const name = own.find((candidate) => typeof candidate === 'string' && candidate.trim() !== '');
  return typeof name === 'string' ? name.trim() : null;
}

interface Parts {
  item: JsonObject;
  type: TouchpointType;
  id: string;
  source: string;
  receivedAt: string;
  occurredAt: string;
  identifiers: Identifier[];
  alias: AliasPair | null;
  frame: TouchpointFrame | null;
  warnings: string[];
}

function buildTouchpoint(parts: Parts): Touchpoint {
  const { item, type, frame, warnings } = parts;
  const traits = traitsOf(item, type);
  const properties = propertiesOf(item, type, parts.alias);
  const context = item['context'];
  return {
    id: parts.id,
    source: parts.source,
    type,
    name: nameOf(item, type),
    occurredAt: parts.occurredAt,
    receivedAt: parts.receivedAt,
    identifiers: parts.identifiers,
    ...(traits === null ? {} : { traits }),
    ...(properties === null ? {} : { properties }),
    ...(isJsonObject(context) ? { context } : {}),
    ...frame,
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

/**
 * Traits of a person: of every call but group, whose traits describe the group. RudderStack's browser client sends the
 * traits of identify in the context only; with other calls it repeats there what it remembers, which is not news.
 */
function traitsOf(item: JsonObject, type: TouchpointType): JsonObject | null {
  if (type === 'group') return null;
  const own = isJsonObject(item['traits']) ? item['traits'] : null;
  const context = item['context'];
  const remembered = type === 'identify' && isJsonObject(context) ? context['traits'] : null;
  if (!isJsonObject(remembered)) return own;
  return own === null ? remembered : { ...remembered, ...own };
}

/** The properties, and what Segment's calls say in fields of their own. */
function propertiesOf(item: JsonObject, type: TouchpointType, alias: AliasPair | null): JsonObject | null {
  const own = isJsonObject(item['properties']) ? item['properties'] : null;
  // The two ends tell an alias from a touchpoint that merely mentions both.
  if (alias !== null) return { ...own, ...alias };
  if (type === 'group') {
    const traits = isJsonObject(item['traits']) ? { traits: item['traits'] } : {};
    return isAbsent(item['groupId']) ? own : { ...own, groupId: String(item['groupId']), ...traits };
  }
  if ((type === 'page' || type === 'screen') && !isAbsent(item['category'])) {
    return { category: item['category'], ...own };
  }
  return own;
}
