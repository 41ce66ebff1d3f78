/** From the references of a decision's body to the identifiers it is about. */
import { AppError } from '@throughline/contracts';
import type { Pool } from 'pg';
import { z } from 'zod';
import { findIdentifiers, type FoundIdentifier } from '../db/find-identifiers.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import { textParameter } from './parameters.ts';
import { identifierOfReference, profileNotFound } from './reference.ts';

const refSchema = z.string().min(1);
const maxNamed = 50;

const noteSchema = textParameter(1_000).describe('Why, for a later reader.');
const dryRunSchema = z
  .boolean()
  .describe('Answers what the decision would do, and makes none. Default false.');
export const authorSchema = textParameter(200).describe('The person who decides, as others know them.');

export const decisionBodySchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('merge'),
      refs: z.array(refSchema).min(2).max(maxNamed).describe('What to join, whatever keeps it apart.'),
      note: noteSchema.exactOptional(),
      author: authorSchema.exactOptional(),
      dryRun: dryRunSchema.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('split'),
      sides: z
        .array(z.array(refSchema).min(1).max(maxNamed))
        .length(2)
        .describe('Two lists to keep apart, whatever links them.'),
      note: noteSchema.exactOptional(),
      author: authorSchema.exactOptional(),
      dryRun: dryRunSchema.exactOptional(),
    }),
  ])
  .meta({
    examples: [
      { kind: 'merge', refs: ['user_id:42', 'loyalty_id:7001'], note: 'one person, confirmed by phone' },
      { kind: 'merge', refs: ['user_id:42', 'loyalty_id:7001'], dryRun: true },
      { kind: 'split', sides: [['user_id:42'], ['email:ada@example.org']] },
    ],
  });
export type DecisionBody = z.infer<typeof decisionBodySchema>;

/**
 * The identifiers of each side, distinct: of a merge one list, of a split two.
 * @throws AppError invalid_parameter, profile_not_found, decision_conflict, with the field at fault
 */
export async function findParties(pool: Pool, ids: IdentifierIds, body: DecisionBody): Promise<string[][]> {
  const named =
    body.kind === 'merge'
      ? [body.refs.map((ref, index) => nameParty(ids, ref, `refs.${index}`))]
      : body.sides.map((side, s) => side.map((ref, index) => nameParty(ids, ref, `sides.${s}.${index}`)));
  const existing = await findIdentifiers(
    pool,
    named.flat().map((party) => party.identifier),
  );
  for (const party of named.flat()) checkParty(body.kind, party, existing.get(party.identifier));
  const sides = named.map((side) => [...new Set(side.map((party) => party.identifier))]);
  if (body.kind === 'merge' && sides[0]?.length === 1) {
    throw new AppError('invalid_parameter', 'all references name one identifier', {
      field: 'refs',
      expected: 'at least 2 different identifiers',
    });
  }
  const [one = [], other] = sides;
  const both = named[1]?.find((party) => one.includes(party.identifier));
  if (other !== undefined && both !== undefined) {
    throw new AppError('invalid_parameter', 'an identifier cannot be on both sides', {
      field: both.field,
      expected: 'sides without a common identifier',
    });
  }
  return sides;
}

interface Party {
  field: string;
  identifier: string;
}

function nameParty(ids: IdentifierIds, ref: string, field: string): Party {
  return { field, identifier: identifierOfReference(ref, ids, field) };
}

function checkParty(
  kind: DecisionBody['kind'],
  { field }: Party,
  identifier: FoundIdentifier | undefined,
): void {
  if (identifier === undefined) throw profileNotFound(field);
  if (kind === 'merge' && identifier.blocked) {
    throw new AppError('decision_conflict', 'a blocked identifier names no person and cannot be merged', {
      field,
    });
  }
}
