/** What metrics counts of touchpoints: identity asks it for the export of a profile and for traces. */
import { z } from 'zod';

/** Touchpoints of one question. */
export const maxCountedTouchpoints = 100;

export const countedQuestionSchema = z.strictObject({
  keys: z
    .array(z.uuid())
    .max(maxCountedTouchpoints)
    .describe('Of touchpoints, as identity gives them with each touchpoint and in its traces.'),
});

export const countedTouchpointSchema = z.object({
  key: z.string(),
  id: z.string(),
  source: z.string(),
  identifier: z.string(),
  day: z.string(),
  stage: z.string().nullable(),
  countsTransactionOf: z
    .array(z.string())
    .describe('The activities for which it is the record that counts its transaction.'),
});
export type CountedTouchpoint = z.infer<typeof countedTouchpointSchema>;

export const countedAnswerSchema = z.object({
  touchpoints: z
    .record(z.string(), countedTouchpointSchema.nullable())
    .describe('By key; null where it is not counted, or is still pending.'),
});
export type CountedAnswer = z.infer<typeof countedAnswerSchema>;
