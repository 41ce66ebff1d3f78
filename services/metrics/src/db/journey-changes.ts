/**
 * Profiles whose place in their journey may have changed: noted by the transaction that changes the figures, so neither is
 * without the other (law 3), as one row a batch, and taken by the one that publishes. Rows of transactions that commit late are
 * taken later, whatever their number is.
 */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

/** Costs a batch one statement, and 16 bytes a profile. */
export async function insertJourneyChange(client: PoolClient, profiles: ReadonlySet<string>): Promise<void> {
  if (profiles.size === 0) return;
  await client.query({
    name: 'insert-journey-change',
    text: 'insert into metrics.journey_change (profiles) values ($1::uuid[])',
    values: [uuidArray([...profiles])],
  });
}

const zeroId = '00000000-0000-0000-0000-000000000000';
/** Profiles that a row which stands for all of them gives at a time. */
const pageProfiles = 1_000;

/** Every profile may be elsewhere: a row, however many there are, since the stream waits for the one that notes it. */
export async function insertJourneyChangeOfAll(client: PoolClient): Promise<void> {
  await client.query(`insert into metrics.journey_change (profiles, after) values ('{}', $1)`, [zeroId]);
}

/** @returns the profiles of up to `limit` rows, each once, in the order of their ids */
export async function takeJourneyChanges(client: PoolClient, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ profile: string | null; after: string | null }>({
    name: 'take-journey-changes',
    text: `with taken as (
             delete from metrics.journey_change
             where id = any(array(select id from metrics.journey_change order by id limit $1))
             returning profiles, after)
           select distinct profile, null::uuid as after from taken cross join lateral unnest(profiles) as profile
           union all
           select null, after from taken where after is not null`,
    values: [limit],
  });
  const profiles = new Set<string>();
  for (const { profile, after } of rows) {
    const named = profile === null ? await takePageOfAll(client, after ?? zeroId) : [profile];
    for (const one of named) profiles.add(one);
  }
  return [...profiles].toSorted();
}

/** The next profiles, and a row for those after them. */
async function takePageOfAll(client: PoolClient, after: string): Promise<string[]> {
  const { rows } = await client.query<{ profile: string }>(
    'select profile from metrics.profile_journey where profile > $1 order by profile limit $2',
    [after, pageProfiles],
  );
  const last = rows.at(-1);
  if (rows.length === pageProfiles && last !== undefined) {
    await client.query(`insert into metrics.journey_change (profiles, after) values ('{}', $1)`, [
      last.profile,
    ]);
  }
  return rows.map(({ profile }) => profile);
}

/** Profiles whose state changes on a day that has come, those that are due longest first. */
export async function findDueJourneys(client: PoolClient, today: number, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ profile: string }>({
    name: 'find-due-journeys',
    text: 'select profile from metrics.profile_journey where due <= $1 order by due, profile limit $2',
    values: [today, limit],
  });
  return rows.map(({ profile }) => profile);
}

export async function hasJourneyWork(database: Pick<PoolClient, 'query'>, today: number): Promise<boolean> {
  const { rows } = await database.query<{ hasWork: boolean }>(
    `select exists(select from metrics.journey_change)
         or exists(select from metrics.profile_journey where due <= $1) as "hasWork"`,
    [today],
  );
  return rows[0]?.hasWork === true;
}
