/** The records of the log's topics. Frozen: fields are added, never renamed, and readers ignore what they do not know. */
import { z } from 'zod';
import { identifierTypeSchema } from './identifier-type.ts';
import { outboxPosition } from './outbox-position.ts';
import { identifierSchema, instantSchema, touchpointSchema, trustLevels } from './touchpoint.ts';

/** `touchpoints.v1` */
export const acceptedTouchpointSchema = z.object({
  touchpoint: touchpointSchema,
  trust: z.enum(trustLevels),
  /** The identifiers that a valid proof named; a link between two of them is verified. */
  verifiedIdentifiers: z.array(identifierSchema).max(20).exactOptional(),
  /**
   * SHA-256 (base64url) of the body as canonical JSON (keys sorted) without delivery fields. Two copies with the
   * same (source, id) are duplicates when it agrees, conflicts when it does not.
   */
  bodyHash: z.string().min(16).max(64),
  /** Of the request that brought it; follows the touchpoint through every service's log. */
  requestId: z.string(),
});
export type AcceptedTouchpoint = z.infer<typeof acceptedTouchpointSchema>;

/** `rejected.v1` */
export const rejectedItemSchema = z.object({
  /** Made by the receiver, unique per rejected item. */
  rejectionId: z.uuid(),
  receivedAt: instantSchema,
  source: z.string(),
  /** Of its key; it stands when the item is decided again. */
  trust: z.enum(trustLevels).exactOptional(),
  requestId: z.string(),
  /** Route pattern that received it, such as `/v1/touchpoints`. */
  route: z.string(),
  index: z.int().nonnegative(),
  id: z.string().nullable(),
  code: z.string(),
  /** Path in the item, such as `properties.revenue`; empty when the item as a whole is at fault. */
  field: z.string(),
  message: z.string(),
  /** The item as it was read: JSON text, or base64 of bytes that are not UTF-8. */
  body: z.string(),
  bodyEncoding: z.enum(['json', 'base64']),
  /**
   * Of a `conflicting_touchpoint`: the touchpoint that came first and stands, as JSON text; `body` is then the accepted
   * touchpoint of the other copy. Its `rejectionId` is a function of source, id and body hash, so a copy that comes again
   * is the same conflict, and `route` is empty.
   */
  standingBody: z.string().exactOptional(),
});
export type RejectedItem = z.infer<typeof rejectedItemSchema>;

/** What became of a receipt that a till sent. `kept_apart`: it takes a number and counts nothing, as in training mode. */
export const receiptStates = ['accepted', 'kept_apart', 'rejected'] as const;
export type ReceiptState = (typeof receiptStates)[number];

/** `receipt-numbers.v1`: a receipt with a number was received. */
export const receivedReceiptSchema = z.object({
  source: z.string(),
  store: z.string(),
  register: z.string(),
  /** YYYY-MM-DD */
  businessDay: z.iso.date(),
  sequence: z.int().nonnegative(),
  state: z.enum(receiptStates),
  /** Of the touchpoint; of a rejected item the id that it would have had, if it says one. */
  id: z.string().nullable(),
  /** Two copies with the same id and hash are one receipt; others of the same number repeat it. */
  bodyHash: z.string().min(16).max(64),
  receivedAt: instantSchema,
});
export type ReceivedReceipt = z.infer<typeof receivedReceiptSchema>;

/**
 * The profile that holds an identifier. A membership is a state, not a difference: of two, the one with the higher version
 * counts, so the order in which records of different partitions arrive does not matter. `root` is the identifier that this
 * one is attached to, directly or through others (itself for person identifiers and for those attached to none). A root's
 * `profile` is the founding identifier of its cluster. An identifier whose membership was never published is its own root
 * and its own profile.
 */
export const membershipSchema = z.object({
  identifier: z.uuid(),
  version: z.int().nonnegative(),
  root: z.uuid(),
  /** Of a root; for others the root's own membership has it. */
  profile: z.uuid().nullable(),
  /** False for blocked, shared and transaction identifiers: a profile of nothing else is unidentified. */
  identifying: z.boolean(),
  type: identifierTypeSchema,
  /**
   * Of a transaction, the strongest trust at which it has met two identifiers of one person type: two customers used the
   * number. Absent when it has not.
   */
  ambiguous: z.enum(trustLevels).exactOptional(),
});
export type Membership = z.infer<typeof membershipSchema>;

export const membershipCauses = [
  'merge',
  'split',
  'withdrawal',
  'shared_identifier',
  'erasure',
  'policy',
] as const;
export type MembershipCause = (typeof membershipCauses)[number];

/** Which advertising brought the customer, in the words of its sender. */
export const campaignSchema = z.object({
  source: z.string().exactOptional(),
  medium: z.string().exactOptional(),
  name: z.string().exactOptional(),
  term: z.string().exactOptional(),
  content: z.string().exactOptional(),
});
export type Campaign = z.infer<typeof campaignSchema>;

/**
 * `resolved.v1`: a touchpoint under its primary identifier. Sent again, whole, with a higher `assignmentVersion` when
 * the touchpoint moves to another identifier (one became or stopped being shared): the newer version wins, so the
 * two may arrive in either order.
 */
export const touchpointResolvedSchema = z.object({
  kind: z.literal('touchpoint.resolved'),
  ...outboxPosition,
  touchpoint: touchpointSchema
    .omit({ identifiers: true, traits: true, context: true, warnings: true, amends: true })
    .extend({
      key: z.uuid(),
      trust: z.enum(trustLevels),
      campaign: campaignSchema.exactOptional(),
      /** By category, whether the customer had agreed to it at the time. */
      consent: z.record(z.string(), z.boolean()).exactOptional(),
      /** The traits it states that the deployment lets figures be grouped by; never contact data. */
      traits: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).exactOptional(),
    }),
  /** The primary identifier, which the touchpoint belongs to. */
  identifier: z.uuid(),
  assignmentVersion: z.int().nonnegative(),
  /** Why it moved; null at version 0. */
  assignmentCause: z.enum(membershipCauses).nullable(),
  /** Its membership, and its root's when that is another. */
  memberships: z.array(membershipSchema).min(1).max(2),
  /** The id of the order or receipt identifier it names: a transaction counts once, however many sources report it. */
  transaction: z.uuid().nullable(),
  /** The id of the order or receipt identifier that it amends. */
  amends: z.uuid().nullable(),
  requestId: z.string(),
});
export type TouchpointResolved = z.infer<typeof touchpointResolvedSchema>;

/** `resolved.v1` */
export const membershipChangedSchema = z.object({
  kind: z.literal('membership.changed'),
  ...outboxPosition,
  cause: z.enum(membershipCauses),
  /** The touchpoint or decision that brought it about, for the restatement's reason. */
  reason: z.string(),
  memberships: z.array(membershipSchema).min(1),
});
export type MembershipChanged = z.infer<typeof membershipChangedSchema>;

/**
 * `resolved.v1`: touchpoints that an erasure has dropped, and the identifiers of its extent. What keeps copies of either deletes
 * them. A touchpoint that is named here never counts again: its key outranks every `assignmentVersion`, so the record
 * may arrive before the one that it takes back. Of identifiers only the ids are ever published.
 */
export const profileErasedSchema = z.object({
  kind: z.literal('profile.erased'),
  ...outboxPosition,
  /** Of the erasure: the reason of the restatements that it causes. */
  erasure: z.uuid(),
  /** The time of the erasure. */
  at: instantSchema,
  touchpoints: z.array(z.uuid()).max(200),
  identifiers: z.array(z.uuid()).max(200),
});
export type ProfileErased = z.infer<typeof profileErasedSchema>;

/** `definition.changed` is reserved: until a version knows it, it waits like every unknown kind. */
export const resolvedRecordSchema = z.discriminatedUnion('kind', [
  touchpointResolvedSchema,
  membershipChangedSchema,
  profileErasedSchema,
]);
export type ResolvedRecord = z.infer<typeof resolvedRecordSchema>;
