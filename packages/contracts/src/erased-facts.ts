/** What metrics has removed for an erasure: identity asks it for the confirmation. */
import { z } from 'zod';

export const erasedFactsSchema = z.object({
  facts: z.int().describe('Facts of touchpoints that were removed, with all that was counted of them.'),
  deadLetters: z.int(),
  identifiers: z
    .int()
    .describe('Identifiers of the erasure that are forgotten: all of its extent when it is done here.'),
});
export type ErasedFacts = z.infer<typeof erasedFactsSchema>;
