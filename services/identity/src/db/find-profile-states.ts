/** What the change feed says of profiles: live with their identifiers, merged into another, or gone. */
import { type IdentifierType, maxListedIdentifiers, type ProfileState } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import { findAttached } from './find-attached.ts';
import { findProfileRoots } from './find-profile-roots.ts';
import { isTransactionText, listMembers, sumRoots } from './fold-members.ts';

export type FoundState = Omit<ProfileState, 'version' | 'at'>;

/** @param profileOf of the ids, the profiles that hold them now; what does not exist is absent */
export async function findProfileStates(
  client: PoolClient,
  profiles: readonly string[],
  profileOf: ReadonlyMap<string, string>,
): Promise<FoundState[]> {
  const live = profiles.filter((profile) => profileOf.get(profile) === profile);
  const found = await findMembers(client, live);
  return profiles.map((profile) => {
    const holder = profileOf.get(profile) ?? null;
    const members = found.get(profile);
    if (members !== undefined && members.identifiers.length > 0)
      return { profile, state: 'live', mergedInto: null, ...members };
    const ended = { profile, identified: false, identifiers: [], identifierCount: 0 };
    if (holder !== null && holder !== profile) return { ...ended, state: 'merged', mergedInto: holder };
    return { ...ended, state: 'gone', mergedInto: null };
  });
}

async function findMembers(
  client: PoolClient,
  profiles: readonly string[],
): Promise<Map<string, Pick<ProfileState, 'identified' | 'identifiers' | 'identifierCount'>>> {
  const roots = await findProfileRoots(client, profiles);
  const carriers = await findAttached(
    client,
    roots.filter(({ carriers: count }) => count > 0),
    'carriers',
    maxListedIdentifiers,
  );
  const carriersOf = Map.groupBy(carriers, ({ profile }) => profile);
  return new Map(
    [...Map.groupBy(roots, ({ profile }) => profile)].map(([profile, ofProfile]) => {
      const persons = ofProfile.filter(({ type }) => !isTransactionText(type));
      const listed = listMembers(persons, carriersOf.get(profile) ?? [], maxListedIdentifiers);
      const { identified, others } = sumRoots(ofProfile);
      const identifiers = listed.map(({ id, type }) => ({ id, type: type as IdentifierType }));
      return [profile, { identified, identifiers, identifierCount: others }];
    }),
  );
}
