/**
 * Locks and loads what a batch touches. Which identifiers that is depends on memberships that are only certain once they
 * are locked, so it goes in rounds: lock what the records name, look, lock what that names. Only the first round may wait;
 * later ones come out of order, and where somebody else holds a row there, the transaction starts again with the larger set.
 */
import { RetryTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { FactEffect } from '../core/fact-effects.ts';
import type { MembershipUpdate } from '../core/memberships.ts';
import { requiredIdentifiers } from '../core/required-identifiers.ts';
import { createIdentifierState, World } from '../core/world.ts';
import { insertIdentifiers } from '../db/insert-identifiers.ts';
import { loadProfileParts } from '../db/load-profile-parts.ts';
import { lockIdentifiers } from '../db/lock-identifiers.ts';

export interface LoadedWorld {
  world: World;
  /** Created in this transaction, with the membership that the batch tells. */
  created: ReadonlySet<string>;
}

const maxRounds = 10;

/** @param remembered identifiers that earlier attempts of this batch turned out to need; added to */
export async function loadWorld(
  client: PoolClient,
  generation: number,
  updates: readonly MembershipUpdate[],
  effects: readonly FactEffect[],
  remembered: Set<string>,
): Promise<LoadedWorld> {
  const world = new World();
  const created = new Set<string>();
  const told = new Map(updates.map((update) => [update.identifier, update]));

  for (let round = 1; ; round++) {
    const required = requiredIdentifiers(world, updates, effects);
    const wanted = round === 1 ? new Set([...required.identifiers, ...remembered]) : required.identifiers;
    const missing = [...wanted].filter((id) => !world.has(id));
    if (missing.length === 0) {
      const founders = [...required.profiles].filter((profile) => !created.has(profile));
      if (founders.length > 0) {
        const parts = await loadProfileParts(client, generation, founders);
        for (const part of parts) world.add(part);
      }
      return { world, created };
    }
    if (round > 1) for (const id of missing) remembered.add(id);
    if (round > maxRounds) throw new RetryTransaction('the identifiers of the batch kept changing');
    await lockOrCreate(missing, { wait: round === 1 });
  }

  async function lockOrCreate(ids: readonly string[], options: { wait: boolean }): Promise<void> {
    for (const state of await lockIdentifiers(client, generation, ids, options)) world.add(state);
    const unknown = ids.filter((id) => !world.has(id));
    if (unknown.length === 0) return;
    const inserted = await insertIdentifiers(
      client,
      generation,
      unknown.map((id) => ({ ...createIdentifierState(id), ...told.get(id) })),
    );
    for (const id of inserted) {
      created.add(id);
      world.add(createIdentifierState(id));
    }
    const elsewhere = unknown.filter((id) => !inserted.has(id));
    if (elsewhere.length === 0) return;
    // Created by somebody else between the two statements, or held by somebody else in a later round.
    for (const state of await lockIdentifiers(client, generation, elsewhere, { wait: false }))
      world.add(state);
    if (elsewhere.some((id) => !world.has(id))) {
      for (const id of ids) remembered.add(id);
      throw new RetryTransaction('identifiers of the batch are held elsewhere');
    }
  }
}
