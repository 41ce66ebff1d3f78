/** What identity asks of ingest for an erasure: to remove the copies of what was rejected. */
import { z } from 'zod';
import { instantExpectation, parseInstant } from './parse-instant.ts';
import { instantSchema } from './touchpoint.ts';

export const erasedCopiesQuestionSchema = z.strictObject({
  at: instantSchema
    .refine((text) => parseInstant(text) !== null, instantExpectation)
    .describe('The time of the erasure: what was received by then goes, also when it comes later.'),
  wanted: z
    .array(z.string().max(400))
    .max(10_000)
    .describe('Values, folded: what mentions one of them goes.'),
  cursor: z.uuid().nullable().describe('`next` of the answer before; null for the first question.'),
});
export type ErasedCopiesQuestion = z.infer<typeof erasedCopiesQuestionSchema>;

export const erasedCopiesSchema = z.object({
  rejections: z.array(z.string()).describe('Ids of the rejected items that were removed.'),
  deadLetters: z.int(),
  next: z.string().nullable().describe('Null when everything has been looked at.'),
});
export type ErasedCopies = z.infer<typeof erasedCopiesSchema>;
