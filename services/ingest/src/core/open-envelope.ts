/** A batch's envelope speaks for its items: its context and integrations are theirs, and so is the time it was sent. */
import { itemMaxBytes } from './item-limits.ts';
import { isAbsent, isEmptyList, isJsonObject, type JsonObject } from './json-value.ts';

export type Envelope =
  { ok: true; items: unknown[] } | { ok: false; fault: 'no_batch' | 'shared_too_large' | 'shared_too_deep' };

/** Longer than any time as text. */
const sentAtMaxLength = 50;

/** What is shared is repeated for every item, so a small request could ask for gigabytes. */
const repeatedMaxBytes = 5 * 1024 * 1024;

/**
 * The items of `{batch: […]}` with what the envelope says merged under what they say themselves. Its `timestamp`, which some clients send, is a
 * delivery field. Everything else in an envelope is ignored.
 */
export function openEnvelope(body: unknown): Envelope {
  if (!isJsonObject(body) || !Array.isArray(body['batch'])) return { ok: false, fault: 'no_batch' };
  const items = body['batch'] as unknown[];
  const context = isJsonObject(body['context']) ? body['context'] : null;
  const integrations = isJsonObject(body['integrations']) ? body['integrations'] : null;
  const sentAt = sentAtOf(body);
  if (context === null && integrations === null && sentAt === null) return { ok: true, items };
  const sharedLength = lengthOf(context) + lengthOf(integrations);
  if (Number.isNaN(sharedLength)) return { ok: false, fault: 'shared_too_deep' };
  if (sharedLength > itemMaxBytes || sharedLength * items.length > repeatedMaxBytes) {
    return { ok: false, fault: 'shared_too_large' };
  }
  const merged = items.map((item) => {
    if (!isJsonObject(item)) return item;
    const whole: JsonObject = { ...item };
    mergeUnder(whole, 'context', context);
    mergeUnder(whole, 'integrations', integrations);
    if (sentAt !== null && isAbsent(item['sentAt'])) whole['sentAt'] = sentAt;
    return whole;
  });
  return { ok: true, items: merged };
}

function sentAtOf(envelope: JsonObject): string | null {
  const { sentAt } = envelope;
  if (typeof sentAt !== 'string' || sentAt === '') return null;
  return sentAt.slice(0, sentAtMaxLength);
}

/** In UTF-16 code units, which is near enough for a bound. NaN for what is nested too deeply to be written. */
function lengthOf(shared: JsonObject | null): number {
  if (shared === null) return 0;
  try {
    return JSON.stringify(shared).length;
  } catch {
    return Number.NaN;
  }
}

function mergeUnder(item: JsonObject, field: string, shared: JsonObject | null): void {
  if (shared === null) return;
  const own = item[field];
  if (isAbsent(own) || isEmptyList(own)) item[field] = shared;
  else if (isJsonObject(own)) item[field] = { ...shared, ...own };
}
