/**
 * An event of Snowplow's tracker protocol (https://docs.snowplow.io/docs/events/going-deeper/event-parameters/): a flat
 * object of texts with short names. The same over POST, as one of the list `data`, and over GET, as the query.
 */
import { isAbsent, isJsonObject, type JsonObject } from '../json-value.ts';
import { decodeBase64Text } from './decode-base64.ts';
import { unmapped, withoutAbsent, type MappedItem } from './mapped-item.ts';
import { parseEmbeddedJson } from './parse-embedded-json.ts';
import {
  ecommerceUser,
  isEcommerceAction,
  mapEcommerceAction,
  type SelfDescribing,
} from './snowplow-ecommerce.ts';

/** Trackers of web pages and apps; servers' say nothing about where a customer was. */
const channels: Readonly<Record<string, string>> = { web: 'web', mob: 'app', tv: 'app', cnsl: 'app' };

/** `iglu:<vendor>/<name>/jsonschema/<version>` */
const schemaPattern = /^iglu:[a-zA-Z0-9_.-]+\/([a-zA-Z0-9_-]+)\/[a-zA-Z0-9_-]+\/[0-9-]+$/;

export function mapSnowplowEvent(wire: JsonObject): MappedItem {
  const id = wire['eid'];
  const entities = entitiesOf(wire);
  if (entities === null) return unmapped(id, isAbsent(wire['cx']) ? 'co' : 'cx', entitiesExpected);
  const event = mapEvent(wire, entities);
  if (!event.ok) return unmapped(id, event.field, event.expected);
  const time = timesOf(wire);
  if (!time.ok) return unmapped(id, time.field, 'milliseconds since 1970');
  const { platform, ...context } = contextOf(wire, entities);
  const user = ecommerceUser(entities);
  const item = withoutAbsent({
    ...event.fields,
    ...time.fields,
    messageId: id,
    userId: isAbsent(wire['uid']) ? user?.['id'] : wire['uid'],
    anonymousId: wire['duid'],
    channel: typeof platform === 'string' && Object.hasOwn(channels, platform) ? channels[platform] : null,
    context: user === null ? context : { ...context, traits: withoutAbsent({ email: user['email'] }) },
  });
  return { ok: true, item };
}

const entitiesExpected = 'the JSON of a list of entities, each {schema, data}';

type MappedEvent = { ok: true; fields: JsonObject } | { ok: false; field: string; expected: string };

function mapEvent(wire: JsonObject, entities: readonly SelfDescribing[]): MappedEvent {
  switch (wire['e']) {
    case 'pv':
      return { ok: true, fields: { type: 'page', name: wire['page'], properties: pageOf(wire) } };
    case 'pp':
      return track('Page Ping', { ...pageOf(wire), ...scrollOf(wire) });
    case 'se':
      return track(wire['se_ac'], {
        category: wire['se_ca'],
        label: wire['se_la'],
        property: wire['se_pr'],
        value: numberOf(wire['se_va']),
      });
    case 'ue':
      return mapSelfDescribing(wire, entities);
    case 'tr':
      return track('Order Completed', orderOf(wire));
    case 'ti':
      return track('Order Item', itemOf(wire));
    default:
      return { ok: false, field: 'e', expected: 'pv, pp, se, ue, tr or ti' };
  }
}

function track(event: unknown, properties: JsonObject): MappedEvent {
  return { ok: true, fields: { type: 'track', event, properties: withoutAbsent(properties) } };
}

/** Named by its schema: `iglu:com.acme/button_click/jsonschema/1-0-0` is `button_click`. */
function mapSelfDescribing(wire: JsonObject, entities: readonly SelfDescribing[]): MappedEvent {
  const field = isAbsent(wire['ue_px']) ? 'ue_pr' : 'ue_px';
  const envelope = readEmbedded(wire, 'ue_px', 'ue_pr');
  const inner = isJsonObject(envelope) ? selfDescribing(envelope['data']) : null;
  if (inner === null) return { ok: false, field, expected: 'the JSON of a self-describing event' };
  const { schema, data } = inner;
  const properties = isJsonObject(data) ? data : { data };
  const action = isEcommerceAction(schema) ? mapEcommerceAction(properties, entities) : null;
  if (action !== null) return track(action.event, action.properties);
  return track(schemaPattern.exec(schema)?.[1], { ...properties, schema });
}

function entitiesOf(wire: JsonObject): SelfDescribing[] | null {
  if (isAbsent(wire['cx']) && isAbsent(wire['co'])) return [];
  const envelope = readEmbedded(wire, 'cx', 'co');
  const list = isJsonObject(envelope) ? envelope['data'] : null;
  if (!Array.isArray(list)) return null;
  const entities = list.map(selfDescribing);
  return entities.every((entity) => entity !== null) ? entities : null;
}

/** The value of the JSON in a field: Base64 in the first, plain in the second. Undefined for what cannot be read. */
function readEmbedded(wire: JsonObject, encodedField: string, plainField: string): unknown {
  const encoded = wire[encodedField];
  const text = typeof encoded === 'string' && encoded !== '' ? decodeBase64Text(encoded) : wire[plainField];
  return typeof text === 'string' ? parseEmbeddedJson(text)?.value : undefined;
}

function selfDescribing(value: unknown): SelfDescribing | null {
  if (!isJsonObject(value) || typeof value['schema'] !== 'string') return null;
  return schemaPattern.test(value['schema']) ? { schema: value['schema'], data: value['data'] } : null;
}

type Times = { ok: true; fields: JsonObject } | { ok: false; field: string };

/** A true timestamp (`ttm`) is not a device's, so the device's error does not correct it. */
function timesOf(wire: JsonObject): Times {
  const field = isAbsent(wire['ttm']) ? 'dtm' : 'ttm';
  if (isAbsent(wire[field])) return { ok: true, fields: {} };
  const timestamp = instantOf(wire[field]);
  if (timestamp === null) return { ok: false, field };
  return { ok: true, fields: { timestamp, sentAt: field === 'ttm' ? null : instantOf(wire['stm']) } };
}

function instantOf(value: unknown): string | null {
  const ms = numberOf(value);
  if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || Math.abs(ms) > 8.64e15) return null;
  return new Date(ms).toISOString();
}

/** A number that came as text. What is none stays as it is. */
function numberOf(value: unknown): unknown {
  if (typeof value !== 'string' || !/^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return value;
  return Number(value);
}

function pageOf(wire: JsonObject): JsonObject {
  return withoutAbsent({ url: wire['url'], title: wire['page'], referrer: wire['refr'] });
}

/** The furthest that the page was scrolled since the last ping. */
function scrollOf(wire: JsonObject): JsonObject {
  return {
    minX: numberOf(wire['pp_mix']),
    maxX: numberOf(wire['pp_max']),
    minY: numberOf(wire['pp_miy']),
    maxY: numberOf(wire['pp_may']),
  };
}

function orderOf(wire: JsonObject): JsonObject {
  return {
    order_id: wire['tr_id'],
    affiliation: wire['tr_af'],
    revenue: numberOf(wire['tr_tt']),
    tax: numberOf(wire['tr_tx']),
    shipping: numberOf(wire['tr_sh']),
    currency: wire['tr_cu'],
  };
}

/** An item comes in an event of its own; as one more order it would count twice. */
function itemOf(wire: JsonObject): JsonObject {
  return {
    order_id: wire['ti_id'],
    sku: wire['ti_sk'],
    name: wire['ti_nm'],
    category: wire['ti_ca'],
    price: numberOf(wire['ti_pr']),
    quantity: numberOf(wire['ti_qu']),
    currency: wire['ti_cu'],
  };
}

function contextOf(wire: JsonObject, entities: readonly SelfDescribing[]): JsonObject {
  return withoutAbsent({
    platform: wire['p'],
    ip: wire['ip'],
    userAgent: wire['ua'],
    locale: wire['lang'],
    timezone: wire['tz'],
    page: pageOf(wire),
    screen: wire['res'],
    session: wire['sid'],
    networkUserId: wire['nuid'] ?? wire['tnuid'],
    library: withoutAbsent({ name: wire['tna'], version: wire['tv'], app: wire['aid'] }),
    entities: entities.length === 0 ? null : entities,
  });
}
