/** What connects two profiles, or keeps them apart. */
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { type ExplainedPair, explainPair, type MetBoth } from '../core/explain-pair.ts';
import { explainPersons } from '../core/explain-persons.ts';
import type { ResolutionLimits } from '../core/identifier-state.ts';
import { findLinksBetween, findMetBoth } from '../db/find-links-between.ts';
import { findProfileIds, findProfileRoots, type FoundRoot, personsOf } from '../db/find-profile-roots.ts';
import { readGraph } from '../db/read-graph.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import {
  basisSchema,
  findNames,
  identifiersOfRefusal,
  linkAnswer,
  nameOf,
  type NamesOfExplanation,
  refusalAnswer,
  refusalSchema,
} from './explain-answer.ts';
import { profileNotFound } from './reference.ts';
import { namedIdentifierSchema } from './named-identifier.ts';

const maxShown = 20;

const connectionSchema = z.object({ from: namedIdentifierSchema, to: namedIdentifierSchema, ...basisSchema });

export const pairSchema = z.object({
  profile: z.string(),
  verdict: z
    .enum(['one_profile', 'blocked', 'split', 'refused', 'not_inferred', 'no_evidence'])
    .describe(
      'one_profile: `path` leads from one to the other. blocked: one of the two values names no person. split: a decision keeps ' +
        'them apart. refused: links between them were refused. not_inferred: something met both, and says nothing. no_evidence: ' +
        'nothing links them.',
    ),
  path: z.array(connectionSchema).describe('The links that connect the two identifiers, in order.'),
  refused: z.array(connectionSchema.extend(refusalSchema)).describe(`At most ${maxShown}.`),
  notInferred: z
    .array(
      z.object({
        via: namedIdentifierSchema,
        ends: z.array(namedIdentifierSchema),
        reason: z.enum(['mixed', 'ambiguous', 'shared', 'vouched']),
      }),
    )
    .describe(`Devices and transactions that met both, at most ${maxShown}.`),
  splits: z.array(z.string()).describe('Decisions that name identifiers of both.'),
  truncated: z.boolean().describe('There is more than is shown, or was looked at.'),
  merge: z
    .enum(['possible', 'superfluous', 'refused'])
    .describe(
      'What a merge of the two would do: the newest decision wins, so only a blocked identifier refuses it.',
    ),
});
type PairAnswer = z.infer<typeof pairSchema>;

interface PairReader {
  client: PoolClient;
  ids: IdentifierIds;
  limits: ResolutionLimits;
}

/** @throws AppError profile_not_found */
export async function explainAnd(reader: PairReader, left: string, right: string): Promise<PairAnswer> {
  const { client, ids, limits } = reader;
  const profiles = await findProfileIds(client, [left, right]);
  const [one, other] = [profiles.get(left), profiles.get(right)];
  if (one === undefined || other === undefined) throw profileNotFound(one === undefined ? 'ref' : 'and');
  const roots = await findProfileRoots(client, [...new Set([one, other])]);
  const found =
    one === other
      ? { links: [], metBoth: [], isCut: false }
      : await findConnections(client, roots, [one, left], [other, right]);
  const explained = await readGraph(client, explainPersons(personsOf(roots), limits));
  const pair = await readGraph(client, explainPair(explained, { left, right, ...found }));
  const shown = { ...pair, refused: pair.refused.slice(0, maxShown) };
  const names = await findNames(client, ids, {
    identifiers: [left, right, ...identifiersOf(shown)],
    links: [...(shown.path ?? []), ...shown.refused],
  });
  const isBlocked = [left, right].some((id) => names.identifiers.get(id)?.blocked === true);
  const verdict = isBlocked && pair.path === null ? 'blocked' : verdictOf(pair);
  return {
    profile: other,
    verdict,
    ...namePair(names, shown),
    truncated: found.isCut || pair.refused.length > maxShown,
    merge: verdict === 'blocked' ? 'refused' : pair.path === null ? 'possible' : 'superfluous',
  };
}

async function findConnections(
  client: PoolClient,
  roots: readonly FoundRoot[],
  [one, left]: readonly [profile: string, identifier: string],
  [other, right]: readonly [profile: string, identifier: string],
): Promise<{ links: { weaker: string; stronger: string }[]; metBoth: MetBoth[]; isCut: boolean }> {
  const idsOf = (profile: string, identifier: string): string[] => [
    ...new Set([...roots.filter((root) => root.profile === profile).map(({ id }) => id), identifier]),
  ];
  const [lefts, rights] = [idsOf(one, left), idsOf(other, right)];
  const links = await findLinksBetween(client, lefts, rights, maxShown + 1);
  const metBoth = await findMetBoth(client, lefts, rights, maxShown + 1);
  return {
    links,
    metBoth: metBoth.slice(0, maxShown),
    isCut: links.length > maxShown || metBoth.length > maxShown,
  };
}

function identifiersOf({ path, refused, notInferred }: ExplainedPair): string[] {
  return [
    ...[...(path ?? []), ...refused].flatMap(({ from, to }) => [from, to]),
    ...refused.flatMap(({ refusal }) => identifiersOfRefusal(refusal)),
    ...notInferred.flatMap(({ id, left, right }) => [id, left, right]),
  ];
}

function verdictOf({ path, refused, notInferred, splits }: ExplainedPair): PairAnswer['verdict'] {
  if (path !== null) return 'one_profile';
  if (splits.length > 0 || refused.some(({ refusal }) => refusal.reason === 'split')) return 'split';
  if (refused.length > 0) return 'refused';
  return notInferred.length > 0 ? 'not_inferred' : 'no_evidence';
}

function namePair(
  names: NamesOfExplanation,
  { path, refused, notInferred, splits }: ExplainedPair,
): Pick<PairAnswer, 'path' | 'refused' | 'notInferred' | 'splits'> {
  return {
    path: (path ?? []).map((link) => ({ from: nameOf(names, link.from), ...linkAnswer(names, link) })),
    refused: refused.map((link) => ({
      from: nameOf(names, link.from),
      ...linkAnswer(names, link),
      ...refusalAnswer(names, link.refusal, link.to),
    })),
    notInferred: notInferred.map(({ id, left, right, reason }) => ({
      via: nameOf(names, id),
      ends: [nameOf(names, left), nameOf(names, right)],
      reason,
    })),
    splits,
  };
}
