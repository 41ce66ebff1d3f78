/** Generations as they are built beside the one in use: begun, filled page by page, and put in its place or given up. */
import { inTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import type { WantedSettings } from '../core/generation-settings.ts';
import { createGeneration } from './create-generation.ts';
import { lockGenerations } from './generations.ts';

export type RebuildState = 'copying' | 'filling' | 'current' | 'retired' | 'abandoned';

export interface Rebuild {
  id: number;
  state: RebuildState;
  startedAt: Date;
  /** When it was put in use. */
  currentFrom: Date | null;
  factsFilled: number;
  /** An estimate. */
  factsExpected: number | null;
  /** Whether all facts are in it. */
  isFilled: boolean;
  message: string | null;
}

const lockTimeoutMs = 2_000;

/** Begins one, or names the one that is being built. */
export async function beginRebuild(
  pool: Pool,
  wanted: WantedSettings,
): Promise<{ id: number; begun: boolean }> {
  return await inTransaction(pool, async (client) => {
    const { built } = await lockGenerations(client, lockTimeoutMs);
    if (built !== null) return { id: built.id, begun: false };
    const id = await createGeneration(client, wanted, 'copying');
    await client.query(
      `update metrics.generation
       set facts_expected = (select greatest(reltuples, 0)::bigint from pg_class where oid = 'metrics.fact'::regclass)
       where id = $1`,
      [id],
    );
    return { id, begun: true };
  });
}

export async function findRebuild(database: Pool | PoolClient, id: number): Promise<Rebuild | null> {
  const { rows } = await database.query<Rebuild>(`${rebuilds} where id = $1`, [id]);
  return rows[0] ?? null;
}

/** The newest first. */
export async function findRebuilds(pool: Pool, limit: number): Promise<Rebuild[]> {
  const { rows } = await pool.query<Rebuild>(`${rebuilds} order by id desc limit $1`, [limit]);
  return rows;
}

const rebuilds = `
  select id, state, created_at as "startedAt", current_from as "currentFrom", facts_filled as "factsFilled",
         facts_expected as "factsExpected",
         coalesce(filled_through = 'ffffffff-ffff-ffff-ffff-ffffffffffff', false) as "isFilled", message
  from metrics.generation`;

/** @returns whether it was being built */
export async function abandonRebuild(pool: Pool, id: number, message: string): Promise<boolean> {
  return await inTransaction(pool, async (client) => {
    await lockGenerations(client, lockTimeoutMs);
    const { rowCount } = await client.query(
      `update metrics.generation set state = 'abandoned', message = $2
       where id = $1 and state in ('copying', 'filling')`,
      [id, message],
    );
    return rowCount === 1;
  });
}
