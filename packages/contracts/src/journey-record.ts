/**
 * The record of `journeys.v1`: where a profile is in its journey, and what changed about that since its record before. Metrics
 * sends it when touchpoints or memberships change it, and when days pass: so it names the profiles that are about to churn, and
 * those that have.
 */
import { z } from 'zod';
import { outboxPosition } from './outbox-position.ts';

/** Before the first purchase, from the first on, from the second on. */
export const relationships = ['prospect', 'customer', 'repeat'] as const;
export type Relationship = (typeof relationships)[number];

/** Of a customer and a calendar month: the first with a purchase, another after one with, another after one without, one without. */
export const lifecycles = ['new', 'returning', 'resurrecting', 'dormant'] as const;
export type Lifecycle = (typeof lifecycles)[number];

/** Of an activity and a window. `near`: will be `churned` within days unless it has the activity again. */
export const churnStates = ['active', 'near', 'churned'] as const;
export type ChurnState = (typeof churnStates)[number];

/** By net revenue, the best first: A is the first 80 % of it, B the next 15 %, C the rest. */
export const valueClasses = ['A', 'B', 'C'] as const;
export type ValueClass = (typeof valueClasses)[number];

const churnSchema = z.object({
  activity: z.string(),
  /** Days. */
  window: z.int().positive(),
  /** Last day with the activity. */
  lastActive: z.iso.date(),
  /** First day on which it is not active any more, unless it has the activity again. */
  churnsOn: z.iso.date(),
  state: z.enum(churnStates),
});
export type ProfileChurn = z.infer<typeof churnSchema>;

export const profileJourneyStateSchema = z.object({
  /** Of the journey map, or `lapsed`; null before the first stage-bearing touchpoint. */
  stage: z.string().nullable(),
  relationship: z.enum(relationships),
  /** Null without a purchase. */
  lifecycle: z.enum(lifecycles).nullable(),
  /** Null while none is known. */
  valueClass: z.enum(valueClasses).nullable(),
  /** For each activity that it had and each window. */
  churn: z.array(churnSchema),
});
export type ProfileJourneyState = z.infer<typeof profileJourneyStateSchema>;

/** Null where there was none, or is none any more. */
const change = <T extends z.ZodType>(value: T) => ({ from: value.nullable(), to: value.nullable() });

const changeSchema = z.discriminatedUnion('of', [
  z.object({ of: z.literal('stage'), ...change(z.string()) }),
  z.object({ of: z.literal('relationship'), ...change(z.enum(relationships)) }),
  z.object({ of: z.literal('lifecycle'), ...change(z.enum(lifecycles)) }),
  z.object({ of: z.literal('valueClass'), ...change(z.enum(valueClasses)) }),
  z.object({
    of: z.literal('churn'),
    activity: z.string(),
    window: z.int().positive(),
    churnsOn: z.iso.date().nullable(),
    ...change(z.enum(churnStates)),
  }),
]);
export type ProfileJourneyChange = z.infer<typeof changeSchema>;

/**
 * `journeys.v1`, keyed by the profile's id. A state, not a difference: of two records of a profile the one with the higher
 * version counts.
 */
export const profileJourneySchema = z.object({
  kind: z.literal('profile.journey'),
  ...outboxPosition,
  profile: z.uuid(),
  /** Ascends for a profile, also when it ends and begins again. */
  version: z.int().nonnegative(),
  /** The running day of the reporting zone when it was found. */
  day: z.iso.date(),
  /** Null when the profile is none any more: it was merged into another, or stopped being identified. */
  state: profileJourneyStateSchema.nullable(),
  /** Since the record before, whatever happened in between. */
  changes: z.array(changeSchema),
});
export type ProfileJourney = z.infer<typeof profileJourneySchema>;
