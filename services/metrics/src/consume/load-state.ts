/**
 * Locks and loads what a batch touches. Which identifiers that is depends on memberships that are only certain once they
 * are locked, so it goes in rounds: lock what the records name, look, lock what that names. Only the first round may wait;
 * later ones come out of order, and where another transaction holds a row there, this one starts again with the larger set.
 */
import { RetryTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { BatchInput, LoadedState } from '../core/batch-input.ts';
import type { LoadedTransaction } from '../core/decide-transactions.ts';
import { LoadedHistory } from '../core/loaded-history.ts';
import {
  createIdentifierState,
  LoadedIdentifiers,
  type IdentifierState,
} from '../core/loaded-identifiers.ts';
import { newIdentifiers } from '../core/new-identifiers.ts';
import { newTransactions } from '../core/new-transactions.ts';
import type { FactPlacing } from '../core/place-fact.ts';
import { requiredIdentifiers } from '../core/required-identifiers.ts';
import { touchedIdentifiers } from '../core/touched-identifiers.ts';
import { insertIdentifiers } from '../db/insert-identifiers.ts';
import { loadProfileParts } from '../db/load-profile-parts.ts';
import { findAmbiguousTransactions, loadTransactions } from '../db/load-transactions.ts';
import { lockIdentifiers } from '../db/lock-identifiers.ts';

export interface LoadedBatch extends LoadedState {
  /** Created in this transaction, as they were saved. */
  created: ReadonlyMap<string, IdentifierState>;
}

/** The generation of figures, and what it makes of facts. */
export interface FigureScope {
  generation: number;
  placing: FactPlacing;
}

const maxRounds = 20;

/** @param remembered identifiers that earlier attempts of this batch turned out to need; added to */
export async function loadState(
  client: PoolClient,
  figures: FigureScope,
  batch: BatchInput,
  remembered: Set<string>,
): Promise<LoadedBatch> {
  const { generation } = figures;
  const identifiers = new LoadedIdentifiers();
  const transactions = new Map<string, LoadedTransaction>();
  const created = new Map<string, IdentifierState>();
  const ambiguousAround = new Set<string>();

  for (let round = 1; ; round++) {
    const touched = touchedIdentifiers(batch, { identifiers, transactions }, ambiguousAround);
    const required = requiredIdentifiers(identifiers, touched);
    const wanted = round === 1 ? new Set([...required.identifiers, ...remembered]) : required.identifiers;
    const missing = [...wanted].filter((id) => !identifiers.has(id));
    if (missing.length > 0) {
      if (round > 1) for (const id of missing) remembered.add(id);
      if (round > maxRounds) throw new RetryTransaction('the identifiers of the batch kept changing');
      await lockOrCreate(missing, { wait: round === 1 });
    }
    const unread = [...touched.transactions].filter((id) => !transactions.has(id));
    if (unread.length > 0) {
      for (const [id, transaction] of await findTransactions(client, figures, { batch, created }, unread))
        transactions.set(id, transaction);
    }
    if (missing.length > 0 || unread.length > 0) continue;
    await loadParts([...required.profiles].filter((profile) => !created.has(profile)));
    if (await hasFoundTransactions(required.profiles)) continue;
    return { identifiers, transactions, history: new LoadedHistory(), statements: null, created };
  }

  async function loadParts(founders: readonly string[]): Promise<void> {
    if (founders.length === 0) return;
    for (const part of await loadProfileParts(client, generation, founders)) identifiers.add(part);
  }

  /** Where memberships change, ambiguous transactions under their profiles are decided again. */
  async function hasFoundTransactions(profiles: ReadonlySet<string>): Promise<boolean> {
    const isNews = batch.updates.some(({ identifier, version }) => {
      const state = identifiers.get(identifier);
      return version > state.version && !created.has(identifier);
    });
    if (!isNews) return false;
    const before = ambiguousAround.size;
    const roots = [...profiles].flatMap((profile) => identifiers.partsOf(profile).map(({ id }) => id));
    const found = await findAmbiguousTransactions(client, generation, roots);
    for (const id of found) ambiguousAround.add(id);
    return ambiguousAround.size > before;
  }

  async function lockOrCreate(ids: readonly string[], options: { wait: boolean }): Promise<void> {
    for (const state of await lockIdentifiers(client, generation, ids, options)) identifiers.add(state);
    const unknown = ids.filter((id) => !identifiers.has(id));
    if (unknown.length === 0) return;
    const states = newIdentifiers(batch, unknown);
    const inserted = await insertIdentifiers(client, generation, states);
    for (const state of states.filter(({ id }) => inserted.has(id))) {
      created.set(state.id, state);
      identifiers.add(createIdentifierState(state.id));
    }
    const elsewhere = unknown.filter((id) => !inserted.has(id));
    if (elsewhere.length === 0) return;
    // Created by another transaction between the two statements, or held by one in a later round.
    const held = await lockIdentifiers(client, generation, elsewhere, { wait: false });
    for (const state of held) identifiers.add(state);
    if (elsewhere.some((id) => !identifiers.has(id))) {
      for (const id of ids) remembered.add(id);
      throw new RetryTransaction('identifiers of the batch are held elsewhere');
    }
  }
}

async function findTransactions(
  client: PoolClient,
  figures: FigureScope,
  { batch, created }: { batch: BatchInput; created: ReadonlyMap<string, IdentifierState> },
  ids: readonly string[],
): Promise<Map<string, LoadedTransaction>> {
  const found = newTransactions(batch.changes, new Set(ids.filter((id) => created.has(id))));
  const known = ids.filter((id) => !created.has(id));
  if (known.length === 0) return found;
  return new Map([...found, ...(await loadTransactions(client, figures, known))]);
}
