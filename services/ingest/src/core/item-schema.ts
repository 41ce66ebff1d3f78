/**
 * The shape of an item before anything is made of it. It only distinguishes types; what the fields mean, and what a client
 * says by an empty one, is decided after it. Unknown fields are legal, clients send many.
 */
import { touchpointFrameSchema } from '@throughline/contracts';
import { z } from 'zod';
import { isEmptyList, isJsonObject, type JsonObject } from './json-value.ts';
import { nameMaxLength } from './item-limits.ts';
import { rejectionOf, type Rejection } from './rejection.ts';

// z.record would copy every object, which is most of an item's bytes.
const objectField = z
  .custom<JsonObject>(
    (value) => value === undefined || value === null || isJsonObject(value) || isEmptyList(value),
    { message: 'expected an object' },
  )
  .optional();
const textField = z.string().max(nameMaxLength).nullish();

const itemShape = z.object({
  type: z.string().nullish(),
  event: textField,
  name: textField,
  category: textField,
  groupId: z.union([z.string(), z.number()]).nullish(),
  traits: objectField,
  properties: objectField,
  context: objectField,
});

// Compiled: 1.2 µs an item where the interpreting parser takes 3.3.
const checkShape = z.compile(itemShape);

const frameFields = [
  'channel',
  'owner',
  'mediaType',
  'initiator',
  'kind',
  'handledBy',
  'sentiment',
  'responses',
  'qualities',
  'situation',
] as const;
const mapFields: ReadonlySet<string> = new Set(['qualities', 'situation']);
const checkFrame = z.compile(touchpointFrameSchema);

export type TouchpointFrame = z.infer<typeof touchpointFrameSchema>;

/** What is wrong with the shape of an item, or null. */
export function findShapeFault(item: JsonObject): Rejection | null {
  const result = checkShape.safeParse(item);
  return result.success ? null : rejectionOfIssue(result.error.issues[0]);
}

export type FrameResult = { ok: true; frame: TouchpointFrame | null } | { ok: false; rejection: Rejection };

/** The frame of experience: channel, owner, media type, initiator, kind, sentiment, responses and the others above. */
export function parseFrame(item: JsonObject): FrameResult {
  let given: JsonObject | null = null;
  for (const field of frameFields) {
    const value = item[field];
    if (value === undefined || value === null || (mapFields.has(field) && isEmptyList(value))) continue;
    given ??= {};
    given[field] = value;
  }
  if (given === null) return { ok: true, frame: null };
  const result = checkFrame.safeParse(given);
  return result.success
    ? { ok: true, frame: result.data }
    : { ok: false, rejection: rejectionOfIssue(result.error.issues[0]) };
}

function rejectionOfIssue(issue: z.core.$ZodIssue | undefined): Rejection {
  const field = (issue?.path ?? []).map(String).join('.');
  return rejectionOf('invalid_field', field, issue?.message ?? 'another value');
}
