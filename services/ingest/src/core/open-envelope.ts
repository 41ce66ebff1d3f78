/** A batch's envelope speaks for its items: its context and integrations are theirs, and so is the time it was sent. */
import { isAbsent, isJsonObject, type JsonObject } from './json-value.ts';
import { parseInstant } from './parse-instant.ts';

export const envelopeDepth = 2;

/**
 * The items of `{batch: […]}` with what the envelope says merged under what they say themselves; null when there is no
 * batch. An envelope's `sentAt` that is no time is left out: it must not cost every item. Its `timestamp`, which some
 * clients send, is a delivery field.
 */
export function openEnvelope(body: unknown): unknown[] | null {
  if (!isJsonObject(body) || !Array.isArray(body['batch'])) return null;
  const items = body['batch'] as unknown[];
  const context = isJsonObject(body['context']) ? body['context'] : null;
  const integrations = isJsonObject(body['integrations']) ? body['integrations'] : null;
  const sentAt = parseInstant(body['sentAt']) === null ? null : body['sentAt'];
  if (context === null && integrations === null && sentAt === null) return items;
  return items.map((item) => {
    if (!isJsonObject(item)) return item;
    const merged: JsonObject = { ...item };
    mergeUnder(merged, 'context', context);
    mergeUnder(merged, 'integrations', integrations);
    if (sentAt !== null && isAbsent(item['sentAt'])) merged['sentAt'] = sentAt;
    return merged;
  });
}

function mergeUnder(item: JsonObject, field: string, shared: JsonObject | null): void {
  if (shared === null) return;
  const own = item[field];
  if (isAbsent(own)) item[field] = shared;
  else if (isJsonObject(own)) item[field] = { ...shared, ...own };
}
