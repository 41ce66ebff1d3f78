/** The identifiers of the profile that holds one of them. */
import type { PoolClient } from 'pg';
import type { IdentifierKey } from '../core/evidence.ts';
import { profileMembers } from './profile-members.ts';

export interface FoundMembers {
  profile: string;
  members: IdentifierKey[];
}

/** Null when the identifier does not exist. */
export async function findMembers(client: PoolClient, identifierId: string): Promise<FoundMembers | null> {
  const { rows } = await client.query<{ profile: string } & IdentifierKey>({
    name: 'find-members',
    text: `${profileMembers} select profile, id, type from member`,
    values: [[identifierId]],
  });
  const profile = rows[0]?.profile;
  return profile === undefined ? null : { profile, members: rows.map(({ id, type }) => ({ id, type })) };
}
