/**
 * What Snowplow's trackers send to a collector. They have no key: the application id (`aid`) that each event names is the
 * write key. It is public, and is taken out before an event is kept.
 */
import { AppError, keyPrefixes } from '@throughline/contracts';
import { decodeUtf8, type HttpApp } from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { snowplowRoutes } from '../core/ingest-route.ts';
import { isJsonObject } from '../core/json-value.ts';
import { parseExactly } from '../receive/exact-json.ts';
import { snowplowPixelSchema, snowplowPostSchema } from './client-schemas.ts';
import { documentOnly, receiveRequest, senderKinds, type IngestRouteParts } from './receive-request.ts';
import { parseItemText } from '../receive/item-text.ts';
import { takeText, type RequestBody } from './request-body.ts';
import { checkItemCount, requestMaxBytes } from './request-limits.ts';

/** Transparent, of one pixel. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

export function addSnowplowRoutes(scope: HttpApp, parts: IngestRouteParts): void {
  const { keys } = parts;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', async (request: FastifyRequest, stream: FastifyRequest['raw']) =>
    decodeUtf8(await parts.bodyReader.read(request, stream)),
  );
  const onRequest = async (request: FastifyRequest, reply: Parameters<typeof keys.beforeBody>[1]) => {
    delete request.raw.headers['content-type'];
    await keys.beforeBody(request, reply, senderKinds);
  };
  scope.post(
    snowplowRoutes.post.path,
    { onRequest, bodyLimit: requestMaxBytes, schema: snowplowPostSchema, ...documentOnly },
    async (request, reply) => {
      const body = parseSnowplowBody(takeText(request));
      if (body === null) {
        await keys.withBody(request, reply, senderKinds, null);
        throw new AppError('empty_body', '');
      }
      const principal = await keys.withBody(request, reply, senderKinds, body.writeKey);
      const { rejected } = await receiveRequest(
        parts,
        snowplowRoutes.post,
        { request, reply },
        principal,
        body,
      );
      return { success: true as const, rejected };
    },
  );
  scope.get(
    snowplowRoutes.pixel.path,
    { onRequest, schema: snowplowPixelSchema, ...documentOnly },
    async (request, reply) => {
      const event = { ...(request.query as object) };
      const principal = await keys.withBody(request, reply, senderKinds, keyOf(event));
      const items = [withoutKey(event)];
      await receiveRequest(parts, snowplowRoutes.pixel, { request, reply }, principal, {
        items,
        exactItems: () => items,
        writeKey: null,
      });
      return await reply.type('image/gif').send(pixel as never);
    },
  );
}

/** `{schema, data: [event]}`. @throws AppError malformed_json, malformed_request, empty_body, too_many_items */
function parseSnowplowBody(text: string | null): RequestBody | null {
  if (text === null) return null;
  const events = eventsOf(parseItemText(text));
  checkItemCount(events.length);
  return {
    items: events.map(withoutKey),
    exactItems: () => eventsOf(parseExactly(text)).map(withoutKey),
    writeKey: keyOf(events[0]),
  };
}

function eventsOf(body: unknown): unknown[] {
  if (isJsonObject(body) && Array.isArray(body['data'])) return body['data'] as unknown[];
  throw new AppError('malformed_request', 'the body has no events', {
    expected: '{"schema", "data": [...]}',
  });
}

function keyOf(event: unknown): string | null {
  const aid = isJsonObject(event) ? event['aid'] : null;
  return isKey(aid) ? aid : null;
}

function withoutKey(event: unknown): unknown {
  if (!isJsonObject(event) || !isKey(event['aid'])) return event;
  const { aid: _aid, ...rest } = event;
  return rest;
}

function isKey(aid: unknown): aid is string {
  return typeof aid === 'string' && Object.values(keyPrefixes).some((prefix) => aid.startsWith(prefix));
}
