/** An accepted touchpoint: what ingest publishes to `touchpoints.v1` and identity stores. */
import { z } from 'zod';
import { identifierTypeSchema } from './identifier-type.ts';
import { phoneRegionSchema } from './phone-region.ts';

export const touchpointTypes = [
  'track',
  'identify',
  'page',
  'screen',
  'group',
  'alias',
  'receipt',
  'feedback',
] as const;
export type TouchpointType = (typeof touchpointTypes)[number];

/** The trust of a touchpoint is its key's. `verified` is a property of links, by proof, not of touchpoints. */
export const trustLevels = ['public', 'server'] as const;
export type Trust = (typeof trustLevels)[number];

export const identifierSchema = z.object({
  type: identifierTypeSchema,
  value: z.string().min(1).max(200),
  /** As it was sent, where that differs from the value: for display. */
  original: z.string().min(1).max(200).exactOptional(),
  /** Of a telephone number without a country code: the region that its source is in, if its settings name one. */
  region: phoneRegionSchema.exactOptional(),
});
export type Identifier = z.infer<typeof identifierSchema>;

/** RFC 3339 in UTC with milliseconds, as `Date.toISOString` writes it. */
export const instantSchema = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const jsonObject = z.record(z.string(), z.unknown());

const responseSchema = z.enum(['cognitive', 'affective', 'sensorial', 'relational', 'behavioral']);

export const touchpointFrameSchema = z.object({
  channel: z.string().max(50).exactOptional(),
  owner: z.enum(['brand', 'partner', 'customer', 'external']).exactOptional(),
  mediaType: z.enum(['paid', 'owned', 'earned']).exactOptional(),
  initiator: z.enum(['firm', 'customer']).exactOptional(),
  kind: z.enum(['physical', 'digital', 'human']).exactOptional(),
  /** Who or what served the customer: a clerk, an agent, a bot. */
  handledBy: z.string().max(100).exactOptional(),
  sentiment: z.number().min(-1).max(1).exactOptional(),
  /** A list of those that were observed, or how strong each was, 0 to 1. */
  responses: z
    .union([z.array(responseSchema).max(5), z.partialRecord(responseSchema, z.number().min(0).max(1))])
    .exactOptional(),
  qualities: jsonObject.exactOptional(),
  situation: jsonObject.exactOptional(),
});

export const touchpointMaxIdentifiers = 20;

export const touchpointSchema = touchpointFrameSchema.extend({
  id: z.string().min(1).max(100),
  source: z.string().min(1).max(100),
  type: z.enum(touchpointTypes),
  name: z.string().max(200).nullable(),
  occurredAt: instantSchema,
  receivedAt: instantSchema,
  /** Normalized, distinct, strongest first. */
  identifiers: z.array(identifierSchema).min(1).max(touchpointMaxIdentifiers),
  traits: jsonObject.exactOptional(),
  properties: jsonObject.exactOptional(),
  context: jsonObject.exactOptional(),
  /** The order or receipt that a refund, void or cancellation amends: it refers to it without being linked to it. */
  amends: identifierSchema.exactOptional(),
  /** Stable codes of what was corrected on the way in, such as `time_clamped`. */
  warnings: z.array(z.string()).exactOptional(),
});
export type Touchpoint = z.infer<typeof touchpointSchema>;
