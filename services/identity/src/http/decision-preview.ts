/** What a decision would do, as a dry run answers it. */
import { maxWhatIfMemberships, whatIfAnswerSchema } from '@throughline/contracts';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { AskedFigures, AskWhatIf } from '../ask-metrics.ts';
import type { PreviewedDecision } from '../core/decision-preview.ts';
import { findIdentifiers } from '../db/find-identifiers.ts';
import { explainRefusal } from './explain-answer.ts';
import { nameIdentifier, namedIdentifierSchema } from './named-identifier.ts';

const maxShown = 100;

export const previewSchema = z.object({
  dryRun: z.literal(true),
  moves: z
    .array(
      z.object({
        from: namedIdentifierSchema.describe('The founder of the profile that they are in now.'),
        to: namedIdentifierSchema,
        identifiers: z.int(),
        touchpoints: z.int(),
      }),
    )
    .describe(
      `From profile to profile, most touchpoints first, at most ${maxShown}. Empty when nothing would change.`,
    ),
  movesTruncated: z.boolean(),
  touchpointsMoved: z.int(),
  movesInPages: z.boolean().describe('So much would move that the rest would follow in the background.'),
  refused: z
    .array(
      z.object({
        kind: z.enum(['direct', 'inferred', 'merge']),
        reason: z.enum(['split', 'two_known', 'limit']),
        explanation: z.string(),
        ends: z.array(namedIdentifierSchema),
      }),
    )
    .describe(`Joins that would be refused and are not now, at most ${maxShown}.`),
  refusedTruncated: z.boolean(),
  figures: z
    .discriminatedUnion('state', [
      z.object({ state: z.literal('answered'), days: whatIfAnswerSchema.shape.days }),
      z.object({ state: z.literal('unavailable'), message: z.string() }),
    ])
    .describe('Growth by window and activity before and after, as metrics computes it; or why it does not.'),
});
type PreviewAnswer = z.infer<typeof previewSchema>;

export async function previewAnswer(
  { pool, askWhatIf }: { pool: Pool; askWhatIf: AskWhatIf },
  preview: PreviewedDecision,
): Promise<PreviewAnswer> {
  const moves = preview.moves.slice(0, maxShown);
  const refused = preview.refused.slice(0, maxShown);
  const names = await findIdentifiers(pool, [
    ...moves.flatMap(({ from, to }) => [from, to]),
    ...refused.flatMap(({ join }) => [join.a, join.b]),
  ]);
  const nameOf = (id: string) => {
    const found = names.get(id);
    return found === undefined ? { id, type: '', value: '' } : nameIdentifier(found);
  };
  return {
    dryRun: true,
    moves: moves.map(({ from, to, ...counts }) => ({ from: nameOf(from), to: nameOf(to), ...counts })),
    movesTruncated: preview.moves.length > maxShown,
    touchpointsMoved: preview.moves.reduce((sum, { touchpoints }) => sum + touchpoints, 0),
    movesInPages: preview.movesInPages,
    refused: refused.map(({ join, ...refusal }) => ({
      kind: join.kind,
      reason: refusal.reason,
      explanation: explainRefusal(refusal, (id) => nameOf(id).type),
      ends: [nameOf(join.a), nameOf(join.b)],
    })),
    refusedTruncated: preview.refused.length > maxShown,
    figures: await askFigures(askWhatIf, preview),
  };
}

async function askFigures(
  askWhatIf: AskWhatIf,
  { cause, memberships }: PreviewedDecision,
): Promise<AskedFigures> {
  if (memberships.length === 0) return { state: 'answered', days: [] };
  if (memberships.length > maxWhatIfMemberships) {
    const message = `${memberships.length} memberships would change; metrics is asked about ${maxWhatIfMemberships} at most`;
    return { state: 'unavailable', message };
  }
  return await askWhatIf({ cause, memberships });
}
