/** What identity asks metrics before a decision is made: what key figures would be with other memberships. */
import { z } from 'zod';
import { membershipCauses, membershipSchema } from './records.ts';

/** Memberships of one question. */
export const maxWhatIfMemberships = 200;

export const whatIfQuestionSchema = z.strictObject({
  cause: z.enum(membershipCauses),
  memberships: z
    .array(membershipSchema)
    .max(maxWhatIfMemberships)
    .describe(
      'As `membership.changed` would publish them; those that are not newer than what is known change nothing.',
    ),
});
export type WhatIfQuestion = z.infer<typeof whatIfQuestionSchema>;

const rate = z.number().nullable();

/** Of customers by growth accounting, for a day and the window that ends with it. */
export const keyFiguresSchema = z.object({
  customersAtStart: z.int(),
  active: z.int(),
  retained: z.int(),
  churned: z.int(),
  new: z.int(),
  reactivated: z.int(),
  retention: rate,
  churn: rate,
});
export type KeyFigures = z.infer<typeof keyFiguresSchema>;

export const whatIfAnswerSchema = z.object({
  days: z
    .array(
      z.object({
        day: z.string(),
        partial: z.boolean().describe('The day is not over yet.'),
        figures: z.array(
          z.object({
            activity: z.string(),
            window: z.int(),
            before: keyFiguresSchema,
            after: keyFiguresSchema,
          }),
        ),
      }),
    )
    .describe('The last closed day and the running one; figures that would not change are left out.'),
});
export type WhatIfAnswer = z.infer<typeof whatIfAnswerSchema>;
