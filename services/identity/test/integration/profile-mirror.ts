/**
 * A sample of a partner's copy: profiles and their identifiers in tables of another schema, kept by the feed. A state replaces
 * the one before of its profile and is ignored when it is older, so states may come twice and in any order.
 */
import type { ProfileState } from '@throughline/contracts';
import type { Pool } from 'pg';

export interface ProfileMirror {
  apply(states: readonly ProfileState[]): Promise<void>;
  /** Deletes the profiles that were not named since `apply` was first called: after a reading from the beginning. */
  deleteUnnamed(): Promise<void>;
  /** Identifier ids of each live profile, sorted. */
  read(): Promise<Record<string, string[]>>;
}

export async function createProfileMirror(pool: Pool, schema: string): Promise<ProfileMirror> {
  await pool.query(`create schema if not exists ${schema}`);
  await pool.query(`create table if not exists ${schema}.profile (
    id uuid primary key, version bigint not null, state text not null, merged_into uuid, named boolean not null)`);
  // An identifier that moves is in two profiles until both have come: so the profile is part of the key.
  await pool.query(`create table if not exists ${schema}.profile_identifier (
    profile uuid not null, identifier uuid not null, type text not null, primary key (profile, identifier))`);
  await pool.query(`update ${schema}.profile set named = false`);

  async function applyOne({ profile, version, state, mergedInto, identifiers }: ProfileState): Promise<void> {
    const saved = await pool.query(
      `insert into ${schema}.profile as known (id, version, state, merged_into, named) values ($1, $2, $3, $4, true)
       on conflict (id) do update set version = excluded.version, state = excluded.state,
         merged_into = excluded.merged_into, named = true where excluded.version >= known.version`,
      [profile, version, state, mergedInto],
    );
    if (saved.rowCount === 0) return;
    await pool.query(`delete from ${schema}.profile_identifier where profile = $1`, [profile]);
    await pool.query(
      `insert into ${schema}.profile_identifier (profile, identifier, type)
       select $1, * from unnest($2::uuid[], $3::text[])`,
      [profile, identifiers.map(({ id }) => id), identifiers.map(({ type }) => type)],
    );
  }

  return {
    async apply(states) {
      for (const state of states) await applyOne(state);
    },
    async deleteUnnamed() {
      await pool.query(`delete from ${schema}.profile_identifier where profile in (
        select id from ${schema}.profile where not named)`);
      await pool.query(`delete from ${schema}.profile where not named`);
    },
    async read() {
      const { rows } = await pool.query<{ profile: string; identifiers: string[] }>(
        `select profile, array_agg(identifier::text order by identifier) as identifiers
         from ${schema}.profile_identifier group by profile order by profile`,
      );
      return Object.fromEntries(rows.map(({ profile, identifiers }) => [profile, identifiers]));
    },
  };
}
