/**
 * One batch of records into facts, memberships and figures, inside the caller's transaction. Locks are taken in one order:
 * facts, transactions, identifiers, each by id; so batches of several partitions wait for each other but never in a circle.
 */
import type { ResolvedRecord } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import { applyFactEffects, applyMemberships } from '../core/apply-changes.ts';
import type { ReportingCalendar } from '../core/calendar.ts';
import { DeltaSums } from '../core/delta.ts';
import type { Fact } from '../core/fact.ts';
import { decideFactEffects, transactionsOf, type FactChange, type FactEffect } from '../core/fact-effects.ts';
import { isEmptyHistory } from '../core/history.ts';
import { newestMemberships, type MembershipUpdate } from '../core/memberships.ts';
import { newestFacts } from '../core/newest-facts.ts';
import { createRemainingStages, neededStageLookups, type RemainingStages } from '../core/remaining-stages.ts';
import type { SeriesCatalog } from '../core/series.ts';
import type { World } from '../core/world.ts';
import { appendDeltas } from '../db/append-deltas.ts';
import type { Generation } from '../db/claim-generation.ts';
import { findRemainingStages } from '../db/find-remaining-stages.ts';
import { insertFacts } from '../db/insert-facts.ts';
import { lockFacts } from '../db/lock-facts.ts';
import { lockTransactions } from '../db/lock-transactions.ts';
import { moveFacts } from '../db/move-facts.ts';
import { saveIdentifiers } from '../db/save-identifiers.ts';
import { saveMemberships } from '../db/save-memberships.ts';
import { saveTransactions } from '../db/save-transactions.ts';
import { loadWorld } from './load-world.ts';

export interface FigureContext {
  generation: Generation;
  catalog: SeriesCatalog;
  calendar: ReportingCalendar;
}

export interface AppliedBatch {
  /** Facts that were not counted before. */
  counted: Fact[];
  /** Facts that hang from another identifier now. */
  moved: Fact[];
  /** Touchpoints whose assignment was known already. */
  repeated: number;
  /** That were newer than what was known. */
  memberships: readonly MembershipUpdate[];
  deltas: number;
}

/** @param remembered kept by the caller over the attempts of one batch */
export async function applyRecords(
  client: PoolClient,
  { generation, catalog, calendar }: FigureContext,
  batch: { partition: number; records: readonly ResolvedRecord[] },
  remembered: Set<string>,
): Promise<AppliedBatch> {
  const facts = newestFacts(batch.records, catalog, calendar);
  const updates = newestMemberships(batch.records);
  const changes = await saveFacts(client, generation.id, facts);

  const references = transactionsOf(
    catalog,
    changes.map(({ fact }) => fact),
  );
  const known =
    references.length === 0 ? new Map() : await lockTransactions(client, generation.id, references);
  const { effects, winners } = decideFactEffects(catalog, calendar, changes, known);

  const { world, created } = await loadWorld(client, generation.id, updates, effects, remembered);
  const remaining = await loadRemainingStages(client, generation.id, world, updates, effects);
  const sums = new DeltaSums();
  const memberships = applyMemberships({ catalog, world, sums, remaining }, updates);
  applyFactEffects({ catalog, world, sums, remaining }, effects);

  // One that was created with its membership, and has no history, is saved already.
  const unsaved = [...world.changed].filter(
    (state) =>
      !created.has(state.id) ||
      state.hungIdentifying !== 0 ||
      !isEmptyHistory(state.own) ||
      !isEmptyHistory(state.hung),
  );
  if (unsaved.length > 0) await saveIdentifiers(client, generation.id, unsaved);
  if (winners.length > 0) await saveTransactions(client, generation.id, winners, known);
  const deltas = sums.toDeltas();
  if (deltas.length > 0) {
    const { id, seriesIds } = generation;
    await appendDeltas(client, { generation: id, partition: batch.partition, seriesIds, calendar }, deltas);
  }
  return {
    counted: changes.filter(({ movedFrom }) => movedFrom === null).map(({ fact }) => fact),
    moved: changes.filter(({ movedFrom }) => movedFrom !== null).map(({ fact }) => fact),
    repeated: facts.length - changes.length,
    memberships,
    deltas: deltas.length,
  };
}

/** Inserts what is new and moves what has a newer assignment; the rest is known already. */
async function saveFacts(
  client: PoolClient,
  generation: number,
  facts: readonly Fact[],
): Promise<FactChange[]> {
  if (facts.length === 0) return [];
  const inserted = await insertFacts(client, generation, facts);
  if (inserted.size === facts.length) return facts.map((fact) => ({ fact, movedFrom: null }));
  const before = await lockFacts(
    client,
    generation,
    facts.filter(({ key }) => !inserted.has(key)).map(({ key }) => key),
  );
  const changes = facts.flatMap((fact): FactChange[] => {
    const assignment = before.get(fact.key);
    if (assignment === undefined) return [{ fact, movedFrom: null }];
    if (assignment.version >= fact.assignmentVersion) return [];
    return [{ fact, movedFrom: assignment.identifier }];
  });
  const moved = changes.filter(({ movedFrom }) => movedFrom !== null).map(({ fact }) => fact);
  if (moved.length > 0) await moveFacts(client, generation, moved);
  // A newer assignment to the same identifier is remembered but changes nothing.
  return changes.filter(({ fact, movedFrom }) => movedFrom !== fact.identifier);
}

async function loadRemainingStages(
  client: PoolClient,
  generation: number,
  world: World,
  updates: readonly MembershipUpdate[],
  effects: readonly FactEffect[],
): Promise<RemainingStages> {
  const lookups = neededStageLookups(world, updates, effects);
  if (lookups.length === 0) return createRemainingStages([]);
  await saveMemberships(client, generation, updates);
  return createRemainingStages(await findRemainingStages(client, generation, lookups));
}
