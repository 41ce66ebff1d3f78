/**
 * What the last record of `journeys.v1` said of each profile. The one that publishes holds the lock of the head; versions come
 * from the head, and from the clock where that is ahead, so that a database which is restored gives none again.
 */
import { integerArray, plainArray, textArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { JourneyContent } from '../core/journey-state.ts';

export interface KeptJourney {
  profile: string;
  /** The reporting day of the record. */
  day: number;
  due: number | null;
  content: JourneyContent;
}

/** The highest version there is; null while another process publishes. */
export async function lockJourneyHead(client: PoolClient): Promise<number | null> {
  const { rows } = await client.query<{ version: number }>(
    'select version from metrics.journey_head for update skip locked',
  );
  return rows[0]?.version ?? null;
}

export async function findKeptJourneys(
  client: PoolClient,
  profiles: readonly string[],
): Promise<Map<string, KeptJourney>> {
  const { rows } = await client.query<KeptJourney>({
    name: 'find-kept-journeys',
    text: 'select profile, day, due, content from metrics.profile_journey where profile = any($1::uuid[])',
    values: [uuidArray(profiles)],
  });
  return new Map(rows.map((row) => [row.profile, row]));
}

/** @param changes in the order of the profiles; the head is locked */
export async function saveKeptJourneys(
  client: PoolClient,
  { saved, ended, version }: { saved: readonly KeptJourney[]; ended: readonly string[]; version: number },
): Promise<void> {
  if (saved.length > 0) {
    await client.query({
      name: 'save-kept-journeys',
      text: `insert into metrics.profile_journey (profile, day, due, content)
             select profile, day, due, content::jsonb
             from unnest($1::uuid[], $2::int[], $3::int[], $4::text[]) as t (profile, day, due, content)
             on conflict (profile) do update set day = excluded.day, due = excluded.due, content = excluded.content`,
      values: [
        uuidArray(saved.map(({ profile }) => profile)),
        integerArray(saved.map(({ day }) => day)),
        plainArray(saved.map(({ due }) => due)),
        textArray(saved.map(({ content }) => JSON.stringify(content))),
      ],
    });
  }
  if (ended.length > 0) {
    await client.query('delete from metrics.profile_journey where profile = any($1::uuid[])', [
      plainArray(ended),
    ]);
  }
  await client.query('update metrics.journey_head set version = greatest(version, $1)', [version]);
}
