/**
 * CloudEvents 1.0.2, in the form of its JSON format (https://github.com/cloudevents/spec, "json-format.md"). An event is a
 * track call of its own type; one of type `throughline.<type>` carries a whole touchpoint as its data.
 */
import { touchpointTypes } from '@throughline/contracts';
import { touchpointIdMaxLength } from '../item-limits.ts';
import { isAbsent, isJsonObject, type JsonObject } from '../json-value.ts';
import { unmapped, withoutAbsent, type MappedItem, type MappingTools } from './mapped-item.ts';
import { decodeBase64Text } from './decode-base64.ts';
import { parseEmbeddedJson } from './parse-embedded-json.ts';

const ownTypes: ReadonlyMap<string, string> = new Map(
  touchpointTypes.map((type) => [`throughline.${type}`, type]),
);

/** Attributes of the specification that are read into fields of their own, and what carries the data. */
const readAttributes: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'type',
  'time',
  'data',
  'data_base64',
  'userid',
  'anonymousid',
]);

/** JSON, or any media type whose structure is JSON's. No content type means JSON in the JSON format. */
const jsonMediaType = /^[^;]*[/+]json\s*(;|$)/i;

export function mapCloudEvent(wire: JsonObject, tools: MappingTools): MappedItem {
  const { specversion, id, source, type } = wire;
  if (specversion !== '1.0') return unmapped(id, 'specversion', '"1.0"');
  for (const attribute of ['id', 'source', 'type']) {
    const value = wire[attribute];
    if (typeof value !== 'string' || value === '') return unmapped(id, attribute, 'text that is not empty');
  }
  const messageId = eventId(String(source), String(id), tools);
  const data = dataOf(wire);
  if (!data.ok) return unmapped(messageId, data.field, data.expected);
  const attributes = Object.fromEntries(Object.entries(wire).filter(([name]) => !readAttributes.has(name)));
  const shared = {
    messageId,
    timestamp: wire['time'],
    userId: wire['userid'],
    anonymousId: wire['anonymousid'],
  };
  const ownType = ownTypes.get(String(type));
  if (ownType === undefined) {
    return { ok: true, item: foreignEvent(String(type), data.value, { shared, attributes }) };
  }
  if (!isJsonObject(data.value)) return unmapped(messageId, 'data', 'a touchpoint as a JSON object');
  const item = { ...withoutAbsent(shared), ...data.value, messageId, type: ownType };
  return { ok: true, item: withContext(item, { cloudEvent: attributes }) };
}

/**
 * Only source and id together are unique, so both are the touchpoint's id: `<source> <id>`. A source has no blank, so no
 * two pairs have one text.
 */
function eventId(source: string, id: string, { digest }: MappingTools): string {
  const whole = `${source} ${id}`;
  return whole.length <= touchpointIdMaxLength ? whole : digest(whole);
}

type Data = { ok: true; value: unknown } | { ok: false; field: string; expected: string };

function dataOf(wire: JsonObject): Data {
  const encoded = wire['data_base64'];
  const mediaType = wire['datacontenttype'];
  const isJson = isAbsent(mediaType) || (typeof mediaType === 'string' && jsonMediaType.test(mediaType));
  if (isAbsent(encoded) || !isAbsent(wire['data']) || !isJson) {
    return { ok: true, value: isAbsent(encoded) ? wire['data'] : { data_base64: encoded } };
  }
  const text = typeof encoded === 'string' ? decodeBase64Text(encoded) : null;
  const parsed = text === null ? null : parseEmbeddedJson(text);
  if (parsed === null) return { ok: false, field: 'data_base64', expected: 'Base64 of JSON in UTF-8' };
  return { ok: true, value: parsed.value };
}

/** Ids in the data itself identify, since few producers can set extension attributes; all else is a property. */
function foreignEvent(
  event: string,
  data: unknown,
  { shared, attributes }: { shared: JsonObject; attributes: JsonObject },
): JsonObject {
  const fields: JsonObject = isJsonObject(data) ? data : withoutAbsent({ data });
  const { userId, anonymousId, identifiers, context, ...properties } = fields;
  const item = {
    type: 'track',
    event,
    ...withoutAbsent({ userId, anonymousId, identifiers, context }),
    ...withoutAbsent(shared),
    properties,
  };
  return withContext(item, { cloudEvent: attributes });
}

function withContext(item: JsonObject, more: JsonObject): JsonObject {
  const own = item['context'];
  // A context that is no object is left for the decision to reject.
  if (!isAbsent(own) && !isJsonObject(own)) return item;
  return { ...item, context: isJsonObject(own) ? { ...own, ...more } : more };
}
