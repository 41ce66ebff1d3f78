/**
 * A request that carries CloudEvents, in the three modes of the HTTP binding ("http-protocol-binding.md", 1.0.2), as events in
 * the form of the JSON format.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@throughline/contracts';
import { decodeUtf8 } from '@throughline/runtime';
import { isJsonObject, type JsonObject } from '../core/json-value.ts';
import { parseExactly } from '../receive/exact-json.ts';
import { parseItemText } from '../receive/item-text.ts';
import type { RequestBody } from './request-body.ts';
import { checkItemCount } from './request-limits.ts';

export const structuredType = 'application/cloudevents+json';
export const batchedType = 'application/cloudevents-batch+json';

const attributePrefix = 'ce-';
const jsonMediaType = /[/+]json$/;
const visibleAscii = /^[\x20-\x7e]*$/;

/** @throws AppError unsupported_media_type, malformed_request, malformed_json, empty_body, too_many_items */
export function parseCloudEvents(headers: IncomingHttpHeaders, bytes: Buffer): RequestBody {
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === structuredType) return structured(decodeUtf8(bytes));
  if (mediaType === batchedType) return batched(decodeUtf8(bytes));
  if (!mediaType.startsWith('application/cloudevents') && headers['ce-specversion'] !== undefined) {
    return binary(headers, mediaType, bytes);
  }
  throw new AppError(
    'unsupported_media_type',
    'this is neither a structured, a batched nor a binary CloudEvent',
    {
      field: 'content-type',
      expected: `${structuredType}, ${batchedType}, or the headers ce-specversion, ce-id, ce-source and ce-type`,
    },
  );
}

function structured(text: string): RequestBody {
  const event = parseItemText(text);
  if (!isJsonObject(event)) {
    throw new AppError('malformed_request', 'the body is not one event', { expected: 'a JSON object' });
  }
  return { items: [event], exactItems: () => [parseExactly(text)], writeKey: null };
}

/** An empty batch is legal. */
function batched(text: string): RequestBody {
  const events = parseItemText(text);
  if (!Array.isArray(events)) {
    throw new AppError('malformed_request', 'the body is not a batch of events', {
      expected: 'a JSON array',
    });
  }
  checkItemCount(events.length);
  return { items: events, exactItems: () => parseExactly(text) as unknown[], writeKey: null };
}

function binary(headers: IncomingHttpHeaders, mediaType: string, bytes: Buffer): RequestBody {
  const event = attributesOf(headers);
  if (mediaType !== '') event['datacontenttype'] = headers['content-type'];
  if (bytes.length === 0) return oneEvent(event, event);
  if (mediaType !== '' && !jsonMediaType.test(mediaType)) {
    const withBytes = { ...event, data_base64: bytes.toString('base64') };
    return oneEvent(withBytes, withBytes);
  }
  const text = decodeUtf8(bytes);
  return {
    items: [{ ...event, data: parseItemText(text) }],
    exactItems: () => [{ ...event, data: parseExactly(text) }],
    writeKey: null,
  };
}

function oneEvent(event: JsonObject, exact: JsonObject): RequestBody {
  return { items: [event], exactItems: () => [exact], writeKey: null };
}

function attributesOf(headers: IncomingHttpHeaders): JsonObject {
  const attributes: JsonObject = {};
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(attributePrefix) || typeof value !== 'string') continue;
    attributes[header.slice(attributePrefix.length)] = decodeAttribute(header, value);
  }
  return attributes;
}

/** Section 3.1.3.2 of the binding: quotes are taken off, then what is percent-encoded is decoded once. */
function decodeAttribute(header: string, value: string): string {
  const unquoted = /^".*"$/.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value;
  try {
    if (!visibleAscii.test(unquoted)) throw new Error('not encoded');
    return decodeURIComponent(unquoted);
  } catch (error) {
    throw new AppError('malformed_request', 'the header is not percent-encoded UTF-8', {
      field: header,
      expected: 'visible ASCII, and all else percent-encoded',
      cause: error,
    });
  }
}
