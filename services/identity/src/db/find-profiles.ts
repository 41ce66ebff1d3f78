/**
 * Whole profiles for up to a hundred identifiers. A profile is not stored: it is folded here from its roots, from the sums
 * over what is attached to them, and from a bounded list of identifiers and traits. So the cost is bounded, whatever a
 * profile has: a victim of a flood stays readable, with exact counts.
 */
import { sendInOrder } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import { findAttached, type FoundAttached } from './find-attached.ts';
import { findAttachedWithTouchpoints } from './find-attached-with-touchpoints.ts';
import { findProfileIds, findRootsHolding, type FoundMember, type FoundRoot } from './find-profile-roots.ts';
import { type FoldedTraits, foldTraits, noTraits } from '../core/fold-traits.ts';
import type { StatementKind } from '../core/statements.ts';
import { type Computed, findProfileJourneys } from './find-profile-journeys.ts';
import { findTraits, type FoundTrait, type TraitRowLimits } from './find-traits.ts';
import { isTransactionText, listMembers, sumRoots } from './fold-members.ts';
import { inSnapshot } from './in-snapshot.ts';

interface FoundIdentifier {
  id: string;
  type: string;
  value: string;
  /** As it was sent first, where that differs. */
  original?: string;
  firstSeenAt: string;
  lastSeenAt: string;
}

export interface FoundProfile extends Omit<FoldedTraits, 'truncated'> {
  id: string;
  /** By metrics; null where it has not found anything yet. */
  computed: Computed | null;
  /** Strongest first. When there are more than the limit: all roots first, then attached ones. */
  identifiers: FoundIdentifier[];
  identifierCount: number;
  /** Orders and receipts that are attached to it. They are listed among the identifiers only where there is nothing else. */
  transactionCount: number;
  traitsTruncated: boolean;
  consentsTruncated: boolean;
  feedbackTruncated: boolean;
  firstSeenAt: string | null;
  lastSeenAt: string | null;
  touchpointCount: number;
  identified: boolean;
}

export interface ProfileLimits {
  identifiers: number;
  /** Traits, consents and answers. */
  statements: Readonly<Record<StatementKind, number>>;
  statementRows: TraitRowLimits;
}

/** Of a profile that is asked for alone. */
export const profileLimits: ProfileLimits = {
  identifiers: 1_000,
  statements: { trait: 1_000, consent: 200, answer: 200 },
  statementRows: { trait: 10_000, consent: 2_000, answer: 2_000 },
};
/** Of each of the profiles that are asked for together. */
export const lookupLimits: ProfileLimits = {
  identifiers: 100,
  statements: { trait: 200, consent: 50, answer: 50 },
  statementRows: { trait: 1_000, consent: 500, answer: 500 },
};

/** Identifier id -> the profile that holds it now; ids that do not exist are absent. All of one moment. */
export async function findProfiles(
  pool: Pool,
  identifierIds: readonly string[],
  limits: ProfileLimits,
): Promise<Map<string, FoundProfile>> {
  if (identifierIds.length === 0) return new Map();
  return await inSnapshot(
    pool,
    async (client, [profileOf, roots]) => {
      const profiles = await foldProfiles(
        client,
        Map.groupBy(roots, ({ profile }) => profile),
        limits,
      );
      return new Map(
        [...profileOf].flatMap(([identifier, profile]) => {
          const found = profiles.get(profile);
          return found === undefined ? [] : [[identifier, found] as const];
        }),
      );
    },
    {
      opening: (client: PoolClient) =>
        sendInOrder(client, [
          () => findProfileIds(client, identifierIds),
          () => findRootsHolding(client, identifierIds),
        ]),
    },
  );
}

async function foldProfiles(
  client: PoolClient,
  rootsOf: ReadonlyMap<string, readonly FoundRoot[]>,
  limits: ProfileLimits,
): Promise<Map<string, FoundProfile>> {
  const sums = [...rootsOf].map(([id, roots]) => ({ id, roots, ...sumRoots(roots) }));
  const [attached, traitsOf, computedOf] = await sendInOrder(client, [
    () => findListedAttached(client, sums, limits),
    () => findTraitsOf(client, rootsOf, limits),
    () => findProfileJourneys(client, [...rootsOf.keys()]),
  ]);
  const attachedOf = Map.groupBy(attached, ({ profile }) => profile);
  return new Map(
    sums.map(({ id, roots, others, transactionCount, ...sum }) => {
      const own = roots.filter(({ type }) => others === 0 || !isTransactionText(type));
      const identifiers = listMembers(own, attachedOf.get(id) ?? [], limits.identifiers);
      const identifierCount = others === 0 ? transactionCount : others;
      const { traits, consents, feedback, truncated } = traitsOf.get(id) ?? noTraits;
      const profile: FoundProfile = {
        id,
        identifiers: identifiers.map(toIdentifier),
        identifierCount,
        transactionCount,
        traits,
        traitsTruncated: truncated.trait,
        consents,
        consentsTruncated: truncated.consent,
        feedback,
        feedbackTruncated: truncated.answer,
        computed: computedOf.get(id) ?? null,
        firstSeenAt: sum.firstSeenAt,
        lastSeenAt: sum.lastSeenAt,
        touchpointCount: sum.touchpointCount,
        identified: sum.identified,
      };
      return [id, profile];
    }),
  );
}

/** Orders and receipts of a customer would bury everything else: they are listed only where a profile is nothing else. */
async function findListedAttached(
  client: PoolClient,
  profiles: readonly { roots: readonly FoundRoot[]; others: number }[],
  limits: ProfileLimits,
): Promise<FoundAttached[]> {
  const withCarriers = profiles.flatMap(({ roots }) => roots.filter(({ carriers }) => carriers > 0));
  const withTransactions = profiles.flatMap(({ roots, others }) =>
    others === 0 ? roots.filter(({ transactions }) => transactions > 0) : [],
  );
  const listed = await sendInOrder(client, [
    () => findAttached(client, withCarriers, 'carriers', limits.identifiers),
    () => findAttached(client, withTransactions, 'transactions', limits.identifiers),
  ]);
  return listed.flat();
}

function toIdentifier(member: FoundMember): FoundIdentifier {
  const { id, type, value, original, first_seen_at, last_seen_at } = member;
  const shown = original === null ? { id, type, value } : { id, type, value, original };
  return { ...shown, firstSeenAt: first_seen_at ?? '', lastSeenAt: last_seen_at ?? '' };
}

/** Traits are those of the touchpoints that belong to an identifier, so one to which none belongs has none. */
async function findTraitsOf(
  client: PoolClient,
  rootsOf: ReadonlyMap<string, readonly FoundRoot[]>,
  limits: ProfileLimits,
): Promise<Map<string, FoldedTraits>> {
  const roots = [...rootsOf.values()].flat();
  const attached = await findAttachedWithTouchpoints(
    client,
    roots.filter(({ carriers, transactions }) => carriers + transactions > 0),
    { from: '-infinity', to: 'infinity' },
    limits.identifiers,
  );
  const attachedOf = Map.groupBy(attached, ({ profile }) => profile);
  const members = [...roots.filter((root) => root.touchpoint_count > 0), ...attached];
  const read = async (trust: 'server' | 'public'): Promise<Map<string, FoundTrait[]>> =>
    Map.groupBy(await findTraits(client, members, trust, limits.statementRows), ({ profile }) => profile);
  const [server, open] = await sendInOrder(client, [() => read('server'), () => read('public')]);
  return new Map(
    [...rootsOf.keys()].map((profile) => {
      const ofServer = server.get(profile) ?? [];
      const ofPublic = open.get(profile) ?? [];
      const folded = foldTraits(ofServer, ofPublic, limits.statements);
      const hasAll = (attachedOf.get(profile)?.length ?? 0) < limits.identifiers;
      const isCut = (kind: StatementKind): boolean =>
        folded.truncated[kind] ||
        !hasAll ||
        [ofServer, ofPublic].some((rows) => countOfKind(rows, kind) >= limits.statementRows[kind]);
      const truncated = { trait: isCut('trait'), consent: isCut('consent'), answer: isCut('answer') };
      return [profile, { ...folded, truncated }];
    }),
  );
}

function countOfKind(rows: readonly FoundTrait[], kind: StatementKind): number {
  return rows.reduce((count, row) => count + (row.kind === kind ? 1 : 0), 0);
}
