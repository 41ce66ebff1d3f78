/** An item's own fields as a touchpoint's: its name, its traits and its properties. */
import { isAmount, type Identifier, type Touchpoint, type TouchpointType } from '@throughline/contracts';
import { isAbsent, isBlank, isJsonObject, type JsonObject } from './json-value.ts';
import { nameMaxLength } from './item-limits.ts';
import type { TouchpointFrame } from './item-schema.ts';
import { orderEvents } from './order-events.ts';

export interface TouchpointParts {
  item: JsonObject;
  type: TouchpointType;
  id: string;
  source: string;
  receivedAt: string;
  occurredAt: string;
  identifiers: Identifier[];
  /** The transaction that it refers to. */
  amends: Identifier | null;
  frame: TouchpointFrame | null;
  warnings: string[];
}

export function buildTouchpoint(parts: TouchpointParts): Touchpoint {
  const { item, type, amends, frame, warnings } = parts;
  const traits = traitsOf(item, type);
  const properties = propertiesOf(item, type);
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
    ...(amends === null ? {} : { amends }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

export function nameOf(item: JsonObject, type: TouchpointType): string | null {
  if (type === 'identify' || type === 'group' || type === 'alias') return null;
  const candidates = type === 'track' ? [item['event'], item['name']] : [item['name'], item['event']];
  if (type === 'page' || type === 'screen') candidates.push(nameAmongProperties(item));
  const name = candidates.find((candidate) => typeof candidate === 'string' && candidate.trim() !== '');
  return typeof name === 'string' ? name.trim() : null;
}

/** Jitsu's clients name a page there only. */
function nameAmongProperties(item: JsonObject): string | null {
  const properties = item['properties'];
  const name = isJsonObject(properties) ? properties['name'] : null;
  return typeof name === 'string' && name.length <= nameMaxLength ? name : null;
}

/**
 * Traits of a person: of every call but group, whose traits describe the group. RudderStack's browser client sends the
 * traits of identify in the context only; with other calls it repeats there what it remembers, which is not news.
 */
export function traitsOf(item: JsonObject, type: TouchpointType): JsonObject | null {
  if (type === 'group') return null;
  const own = isJsonObject(item['traits']) ? item['traits'] : null;
  const context = item['context'];
  const remembered = type === 'identify' && isJsonObject(context) ? context['traits'] : null;
  if (!isJsonObject(remembered)) return own;
  return own === null ? remembered : { ...remembered, ...own };
}

/**
 * An order whose `revenue` is missing and whose `total` or `value`, which stand in for it, is no amount: it is kept, since
 * the specification does not reserve those two, and counts without money.
 */
export function hasUnreadableAmount(item: JsonObject, type: TouchpointType): boolean {
  const properties = item['properties'];
  if (!isJsonObject(properties) || !isBlank(properties['revenue'])) return false;
  if (type !== 'receipt' && !orderEvents.has(nameOf(item, type) ?? '')) return false;
  const standIn = [properties['total'], properties['value']].find((field) => !isBlank(field));
  return standIn !== undefined && !isAmount(standIn);
}

/** The properties, and what Segment's calls say in fields of their own. */
function propertiesOf(item: JsonObject, type: TouchpointType): JsonObject | null {
  const own = isJsonObject(item['properties']) ? item['properties'] : null;
  if (type === 'alias') {
    return { ...own, userId: idText(item['userId']), previousId: idText(item['previousId']) };
  }
  if (type === 'group') {
    const traits = isJsonObject(item['traits']) ? { traits: item['traits'] } : {};
    return isAbsent(item['groupId']) ? own : { ...own, groupId: String(item['groupId']), ...traits };
  }
  if ((type === 'page' || type === 'screen') && !isAbsent(item['category'])) {
    return { category: item['category'], ...own };
  }
  return own;
}

/** Both ids of an alias are text or numbers by the time that it is built. */
function idText(id: unknown): string {
  return String(id).trim();
}
