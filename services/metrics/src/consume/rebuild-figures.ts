/**
 * The steps of a rebuild. Each is a transaction, and the next one follows from what is stored, so a rebuild that is interrupted
 * continues with the step that was not committed, in whichever process.
 */
import { inTransaction, retryTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import { copyMemberships } from '../db/copy-memberships.ts';
import { advanceEpoch } from '../db/advance-epoch.ts';
import { findGenerations, lockGenerations, type BuiltGeneration } from '../db/generations.ts';
import { switchGenerations } from '../db/switch-generations.ts';
import { afterLastKey, beforeFirstKey, fillGeneration } from './fill-generation.ts';
import type { FigureContext } from './apply-records.ts';

export interface RebuildParts {
  pool: Pool;
  /** Of a generation, what its figures are kept with. */
  contextOf: (generation: number) => Promise<FigureContext>;
  /** Facts of a page; batches wait for as long as it takes. */
  pageFacts?: number;
  pageMemberships?: number;
}

/** `filled`: all facts are in it; what is left is to verify it and to switch. */
export type RebuildStep = 'none' | 'copied' | 'page' | 'filled';

const defaults = { pageFacts: 200, pageMemberships: 5_000 };
const lockTimeoutMs = 2_000;

/** Does the next step, if a generation is built by code of this version. */
export async function stepRebuild(parts: RebuildParts, functionVersion: number): Promise<RebuildStep> {
  const { current, built } = await findGenerations(parts.pool);
  if (built === null || current === null || built.functionVersion !== functionVersion) return 'none';
  if (built.state === 'copying') return await copyStep(parts, current, built);
  if (built.filledThrough === afterLastKey) return 'filled';
  const figures = await parts.contextOf(built.id);
  // Before the lock, since the first epoch of a generation is begun by one alone.
  await advanceEpoch(parts.pool, built.id, figures.calendar);
  await retryTransaction(parts.pool, async (client) => {
    const locked = await lockedGeneration(client, built);
    if (locked?.state !== 'filling') return;
    const page = {
      after: locked.filledThrough ?? beforeFirstKey,
      limit: parts.pageFacts ?? defaults.pageFacts,
    };
    if (page.after !== afterLastKey) await fillGeneration(client, figures, page);
  });
  return 'page';
}

async function copyStep(
  { pool, pageMemberships = defaults.pageMemberships }: RebuildParts,
  current: number,
  built: BuiltGeneration,
): Promise<RebuildStep> {
  const place = { from: current, to: built.id };
  const { through } = await inTransaction(pool, async (client) => {
    const after = built.copiedThrough ?? beforeFirstKey;
    const page = await copyMemberships(client, place, { after, limit: pageMemberships });
    await client.query('update metrics.generation set copied_through = $2 where id = $1', [
      built.id,
      page.through ?? after,
    ]);
    return page;
  });
  if (through !== null) return 'copied';
  await inTransaction(pool, async (client) => {
    if ((await lockedGeneration(client, built))?.state !== 'copying') return;
    await client.query(`update metrics.generation set state = 'filling' where id = $1`, [built.id]);
  });
  return 'copied';
}

/** As it is once no batch is in work; null when it is not built any more. */
async function lockedGeneration(
  client: PoolClient,
  { id }: Pick<BuiltGeneration, 'id'>,
): Promise<BuiltGeneration | null> {
  const { built } = await lockGenerations(client, lockTimeoutMs);
  return built?.id === id ? built : null;
}

/** @returns whether the generation is in use now; false when it was given up meanwhile */
export async function switchToBuilt(parts: RebuildParts, generation: number): Promise<boolean> {
  const { pool, contextOf } = parts;
  const figures = await contextOf(generation);
  return await inTransaction(pool, async (client) => {
    const { current, built } = await lockGenerations(client, lockTimeoutMs);
    if (current === null || built?.id !== generation || built.filledThrough !== afterLastKey) return false;
    const before = await contextOf(current);
    await switchGenerations(
      client,
      { generation: current, calendar: before.calendar },
      { generation, calendar: figures.calendar },
    );
    return true;
  });
}
