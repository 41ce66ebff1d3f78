/** What metrics computed last about profiles; of one that ended, or that it does not know, nothing. */
import type { ProfileJourneyState } from '@throughline/contracts';
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

export interface Computed extends ProfileJourneyState {
  /** The reporting day on which it was found. */
  day: string;
  version: number;
}

export async function findProfileJourneys(
  client: PoolClient,
  profiles: readonly string[],
): Promise<Map<string, Computed>> {
  const { rows } = await client.query<{
    profile: string;
    version: string;
    day: string;
    state: ProfileJourneyState;
  }>({
    name: 'find-profile-journeys',
    text: `select profile, version, to_char(day, 'YYYY-MM-DD') as day, state from identity.profile_journey
           where profile = any($1::uuid[]) and state is not null`,
    values: [uuidArray(profiles)],
  });
  return new Map(
    rows.map(({ profile, version, day, state }) => [profile, { ...state, day, version: Number(version) }]),
  );
}
