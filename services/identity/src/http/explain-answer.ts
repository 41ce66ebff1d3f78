/** Explanations as they are answered: identifiers by their names, evidence by its touchpoints. */
import { isTransactionType, type IdentifierType } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { triedDecisionId } from '../core/decision-preview.ts';
import type { Moment } from '../core/evidence.ts';
import type { Basis, ExplainedLink, LinkRefusal } from '../core/explained-link.ts';
import { findIdentifiers, type FoundIdentifier } from '../db/find-identifiers.ts';
import { findShownTouchpoints, type ShownTouchpoint } from '../db/find-shown-touchpoints.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import { nameIdentifier, type NamedIdentifier, namedIdentifierSchema } from './named-identifier.ts';

const trusts = ['public', 'verified', 'server'] as const;
export const trustSchema = z.enum(trusts);

const shownBySchema = z.object({
  source: z.string(),
  id: z.string().describe("The touchpoint's id, unique for its source."),
  name: z.string().nullable(),
  occurredAt: z.string().nullable(),
  rankedAt: z
    .string()
    .describe('The time that ranks the evidence: `occurredAt`, of public evidence the time of receipt.'),
});

export const basisSchema = {
  kind: z
    .enum(['direct', 'alias', 'inferred', 'merge', 'pending'])
    .describe(
      'direct: one touchpoint named both. alias: a server said that both are one person. inferred: `via` met both. ' +
        'merge: a decision. pending: what attached it counts no longer, and a recheck decides again.',
    ),
  trust: trustSchema.nullable().describe('Null of a merge.'),
  via: namedIdentifierSchema.nullable(),
  decision: z.string().nullable(),
  shownBy: z.array(shownBySchema).describe('Of an inferred link two.'),
};

export const linkSchema = z.object({ to: namedIdentifierSchema, ...basisSchema });

export const refusalSchema = {
  reason: z
    .enum([
      'split',
      'two_known',
      'limit',
      'shared',
      'blocked',
      'bound',
      'mixed',
      'ambiguous',
      'vouched',
      'same_type',
      'outranked',
    ])
    .describe(
      'split: a decision keeps them apart. two_known: public evidence between two people that a server vouches for. ' +
        'limit: one person would have too many of a type. shared: an end is shared. bound: the component is past the bound. ' +
        'mixed, ambiguous: a device or a transaction that met two of a type says nothing. vouched: a server has the transaction. ' +
        'same_type: two devices do not make one person. outranked: it is attached by a better link.',
    ),
  explanation: z.string(),
  split: z.string().nullable().describe('The decision, when the reason is a split.'),
};

export const refusedLinkSchema = linkSchema.extend(refusalSchema);
type LinkAnswer = z.infer<typeof linkSchema>;

/** Names of identifiers and times of touchpoints that an explanation mentions. */
export interface NamesOfExplanation {
  ids: IdentifierIds;
  identifiers: ReadonlyMap<string, FoundIdentifier>;
  touchpoints: ReadonlyMap<string, ShownTouchpoint>;
}

export async function findNames(
  client: PoolClient,
  ids: IdentifierIds,
  mentioned: { identifiers: readonly string[]; links: readonly Pick<ExplainedLink, 'basis'>[] },
): Promise<NamesOfExplanation> {
  const bases = mentioned.links.map(({ basis }) => basis);
  const vias = bases.flatMap((basis) => (basis.kind === 'inferred' ? [basis.via] : []));
  const keys = bases
    .flatMap(shownBy)
    .map(({ source, touchpointId }) => ids.touchpointKey(source, touchpointId));
  return {
    ids,
    identifiers: await findIdentifiers(client, [...mentioned.identifiers, ...vias]),
    touchpoints: await findShownTouchpoints(client, keys),
  };
}

export function nameOf({ identifiers }: NamesOfExplanation, id: string): NamedIdentifier {
  const found = identifiers.get(id);
  return found === undefined ? { id, type: '', value: '' } : nameIdentifier(found);
}

export function linkAnswer(names: NamesOfExplanation, { to, basis }: ExplainedLink): LinkAnswer {
  const hasLevel = basis.kind === 'direct' || basis.kind === 'inferred';
  return {
    to: nameOf(names, to),
    kind: basis.kind === 'direct' && basis.alias ? 'alias' : basis.kind,
    trust: hasLevel ? (trusts[basis.level - 1] ?? null) : null,
    via: basis.kind === 'inferred' ? nameOf(names, basis.via) : null,
    decision: basis.kind === 'merge' ? basis.decision : null,
    shownBy: shownBy(basis).map(({ source, touchpointId, at }) => {
      const found = names.touchpoints.get(names.ids.touchpointKey(source, touchpointId));
      return {
        source,
        id: touchpointId,
        name: found?.name ?? null,
        occurredAt: found?.occurredAt ?? null,
        rankedAt: at,
      };
    }),
  };
}

/** Identifiers that the reason of a refusal names. */
export function identifiersOfRefusal(refusal: LinkRefusal): string[] {
  if (refusal.reason === 'shared') return refusal.shared;
  return refusal.reason === 'outranked' ? [refusal.by] : [];
}

export function refusalAnswer(names: NamesOfExplanation, refusal: LinkRefusal, to: string) {
  const isTransaction = isTransactionType(nameOf(names, to).type as IdentifierType);
  return {
    reason: refusal.reason === 'mixed' && isTransaction ? ('ambiguous' as const) : refusal.reason,
    explanation: explainRefusal(refusal, (id) => nameOf(names, id).type),
    split: refusal.reason === 'split' ? refusal.split : null,
  };
}

/** @param typeOf of an identifier that the refusal names */
export function explainRefusal(refusal: LinkRefusal, typeOf: (id: string) => string): string {
  switch (refusal.reason) {
    case 'split':
      return refusal.split === triedDecisionId
        ? 'the split that is tried keeps them apart'
        : `the decision ${refusal.split} keeps them apart`;
    case 'two_known':
      return 'a server or a proof vouches for both sides, and public evidence does not make them one person';
    case 'limit':
      return `one person would have too many identifiers of the type ${refusal.type}`;
    case 'shared':
      return `${refusal.shared.map(typeOf).join(' and ')} is shared by too many to say who this is`;
    case 'bound':
      return 'too much is connected with it, and evidence of this kind is left out';
    case 'mixed':
      return 'the other one has met two identifiers of one type of person, and nothing is attached to it';
    case 'vouched':
      return 'a server has the transaction, and public evidence does not claim it';
    case 'same_type':
      return 'two attached identifiers of one type are not attached to each other';
    case 'outranked':
      return `it is attached to an identifier of the type ${typeOf(refusal.by)} by a better link`;
  }
}

function shownBy(basis: Basis): readonly Moment[] {
  return basis.kind === 'direct' || basis.kind === 'inferred' ? basis.shownBy : [];
}
