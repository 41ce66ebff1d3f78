/** The record of `profiles.v1`: which identifiers a profile consists of, or what became of it. For those who keep a copy. */
import { z } from 'zod';
import { identifierTypeSchema } from './identifier-type.ts';
import { outboxPosition } from './outbox-position.ts';
import { instantSchema } from './touchpoint.ts';

/** `merged`: another profile holds what founded it. `gone`: nothing of it is left, as after an erasure. */
export const profileStates = ['live', 'merged', 'gone'] as const;

/** Identifiers that a record lists; `identifierCount` says how many there are. */
export const maxListedIdentifiers = 200;

/** What the topic and the feed by HTTP say of a profile. */
export const profileStateSchema = z.object({
  profile: z.uuid(),
  /** Of two states of a profile the one with the higher version counts. */
  version: z.int().nonnegative(),
  /** When the change was published. */
  at: instantSchema,
  state: z.enum(profileStates),
  /** Of a merged one, the profile that holds its founding identifier. It may have been merged itself since. */
  mergedInto: z.uuid().nullable(),
  /** False when nothing but blocked or shared identifiers hold it together, and of one that is not live. */
  identified: z.boolean(),
  /** Of a live one, strongest first; without orders and receipts. */
  identifiers: z.array(z.object({ id: z.uuid(), type: identifierTypeSchema })).max(maxListedIdentifiers),
  identifierCount: z.int().nonnegative(),
});
export type ProfileState = z.infer<typeof profileStateSchema>;

/** `profiles.v1`, keyed by the profile's id; the topic keeps the last record of each. */
export const profileChangedSchema = profileStateSchema.extend({
  kind: z.literal('profile.changed'),
  ...outboxPosition,
});
export type ProfileChanged = z.infer<typeof profileChangedSchema>;
