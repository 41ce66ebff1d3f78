/** What metrics computes about profiles: the newest state of each, in whatever order the records come. */
import { bigintArray, textArray, uuidArray } from '@throughline/postgres';
import type { ProfileJourney } from '@throughline/contracts';
import type { PoolClient } from 'pg';

export async function saveProfileJourneys(
  client: PoolClient,
  journeys: readonly Pick<ProfileJourney, 'profile' | 'version' | 'day' | 'state'>[],
): Promise<void> {
  const newest = new Map<string, (typeof journeys)[number]>();
  for (const journey of journeys) {
    if ((newest.get(journey.profile)?.version ?? -1) < journey.version) newest.set(journey.profile, journey);
  }
  if (newest.size === 0) return;
  const sorted = [...newest.values()].toSorted((left, right) => (left.profile < right.profile ? -1 : 1));
  await client.query({
    name: 'save-profile-journeys',
    text: `insert into identity.profile_journey as stored (profile, version, day, state)
           select profile, version, day::date, state::jsonb
           from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) as t (profile, version, day, state)
           on conflict (profile) do update set version = excluded.version, day = excluded.day, state = excluded.state
           where excluded.version > stored.version`,
    values: [
      uuidArray(sorted.map(({ profile }) => profile)),
      bigintArray(sorted.map(({ version }) => version)),
      textArray(sorted.map(({ day }) => day)),
      textArray(sorted.map(({ state }) => (state === null ? null : JSON.stringify(state)))),
    ],
  });
}
