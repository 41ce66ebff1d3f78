/** Answers a resolution that will not be written: without locks, so run it in a snapshot. */
import { inTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import type { Load, LoadAnswer, Loading } from '../core/loads.ts';
import { loadIdentifiers } from './load-identifiers.ts';
import { loadPersons } from './load-persons.ts';

/** Runs reads that must agree with each other. */
export async function inSnapshot<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return await inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    return await work(client);
  });
}

/** @throws for loads that only a resolution with changes makes */
export async function readGraph<T>(client: PoolClient, resolving: Loading<T>): Promise<T> {
  let step = resolving.next();
  while (!step.done) step = resolving.next(await answer(client, step.value));
  return step.value;
}

async function answer(client: PoolClient, load: Load): Promise<LoadAnswer> {
  const empty: LoadAnswer = { identifiers: [], links: [], inferred: [], decisions: [] };
  if (load.kind === 'identifiers') {
    return { ...empty, identifiers: await loadIdentifiers(client, load.ids, 'none') };
  }
  if (load.kind !== 'persons') throw new Error(`a read-only resolution does not load ${load.kind}`);
  return await loadPersons(client, load);
}
