/** A body as items. Kept as text beside its values, for the rare item whose numbers a double cannot keep. */
import { AppError } from '@throughline/contracts';
import type { FastifyRequest } from 'fastify';
import type { SegmentRoute } from '../core/ingest-route.ts';
import { isJsonObject } from '../core/json-value.ts';
import { openEnvelope } from '../core/open-envelope.ts';
import { parseExactly } from '../receive/exact-json.ts';
import { parseItemText, parseLine } from '../receive/item-text.ts';
import { UnparsedLine } from '../receive/received-request.ts';
import { checkItemCount } from './request-limits.ts';

export interface RequestBody {
  items: readonly unknown[];
  exactItems: () => readonly unknown[];
  /** Where a client's protocol puts its key when it has no header to put it in. */
  writeKey: string | null;
}

/** The items of a body, which has none afterwards: nothing keeps them while the log is waited for. */
export function takeItems(body: RequestBody): Pick<RequestBody, 'items' | 'exactItems'> {
  const { items, exactItems } = body;
  body.items = [];
  body.exactItems = () => [];
  return { items, exactItems };
}

/** The text of a body that was read as text, likewise; null where there is none. */
export function takeText(request: FastifyRequest): string | null {
  const text = request.body as string | undefined;
  request.body = undefined;
  return text ?? null;
}

/** `{…}` or `[{…}]`. @throws AppError malformed_json, malformed_request, empty_body, too_many_items */
export function parseNativeJson(text: string): RequestBody {
  const value = parseItemText(text);
  if (isJsonObject(value)) {
    return { items: [value], exactItems: () => [parseExactly(text)], writeKey: writeKeyOf(value) };
  }
  if (!Array.isArray(value) || value.length === 0) {
    throw new AppError('malformed_request', 'the body is a touchpoint or a list of touchpoints', {
      expected: 'a JSON object, or an array with at least one',
    });
  }
  checkItemCount(value.length);
  return { items: value, exactItems: () => parseExactly(text) as unknown[], writeKey: null };
}

/** One JSON value a line; blank lines are skipped, and a bad line costs no other. */
export function parseNdjson(text: string): RequestBody {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new AppError('empty_body', '');
  checkItemCount(lines.length);
  return {
    items: lines.map((line) => new UnparsedLine(line)),
    exactItems: () => lines.map((line) => parseLine(line, parseExactly)),
    writeKey: null,
  };
}

/**
 * A body of Segment's HTTP API, whatever its content type says.
 * @throws AppError malformed_json, malformed_request, empty_body, too_many_items, payload_too_large, nesting_too_deep
 */
export function parseSegmentBody(text: string | null, route: SegmentRoute): RequestBody | null {
  if (text === null) return null;
  const value = parseItemText(text);
  const items = itemsOf(value, route);
  checkItemCount(items.length);
  return { items, exactItems: () => itemsOf(parseExactly(text), route), writeKey: writeKeyOf(value) };
}

function itemsOf(value: unknown, route: SegmentRoute): unknown[] {
  if (route.body === 'one') {
    if (isJsonObject(value)) return [value];
    throw new AppError('malformed_request', 'the body is not one call', { expected: 'a JSON object' });
  }
  const envelope = openEnvelope(value);
  if (envelope.ok) return envelope.items;
  if (envelope.fault === 'no_batch') {
    throw new AppError('malformed_request', 'the body has no batch', { expected: '{"batch": [...]}' });
  }
  if (envelope.fault === 'shared_too_deep') {
    throw new AppError('nesting_too_deep', 'the context of the batch is too deep', { field: 'context' });
  }
  throw new AppError('payload_too_large', 'the context of the batch, repeated for each item, is too large', {
    field: 'context',
    expected: 'less in the context, or fewer items',
  });
}

function writeKeyOf(body: unknown): string | null {
  return isJsonObject(body) && typeof body['writeKey'] === 'string' ? body['writeKey'] : null;
}
