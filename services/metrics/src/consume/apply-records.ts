/**
 * One batch of records into facts, memberships and figures, inside the caller's transaction. Locks are taken in one order:
 * facts, then identifiers, transactions' among them, each by id; so batches of several partitions wait for each other but never in a circle.
 */
import type { ResolvedRecord } from '@throughline/contracts';
import { allOrCause, openTransactionOf, sendInOrder } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { applyBatch, type AppliedChanges } from '../core/apply-batch.ts';
import type { BatchInput } from '../core/batch-input.ts';
import type { ReportingCalendar } from '../core/calendar.ts';
import type { Delta } from '../core/delta.ts';
import type { Fact } from '../core/fact.ts';
import { decideFactEffects, placeFacts, type SavedFact } from '../core/fact-effects.ts';
import { newestMemberships, type MembershipUpdate } from '../core/memberships.ts';
import { newestFacts } from '../core/newest-facts.ts';
import { joinChanges } from '../core/join-changes.ts';
import { isSameIdentifier } from '../core/new-identifiers.ts';
import { separateIdentifiers } from '../core/separate-identifiers.ts';
import type { SeriesCatalog } from '../core/series.ts';
import { splitBatch, type BatchPart } from '../core/split-batch.ts';
import { eraseDeadLettersNaming } from '../db/erase-dead-letters-naming.ts';
import { detachFacts, wipeFacts } from '../db/erase-facts.ts';
import { addErased } from '../db/erasures.ts';
import { forgetReasons } from '../db/forget-reasons.ts';
import { forgetShares, type ErasedId } from '../db/forget-shares.ts';
import { clearClassBounds } from '../db/class-bounds.ts';
import { copyChangedMemberships } from '../db/copy-memberships.ts';
import { insertJourneyChange } from '../db/journey-changes.ts';
import { insertFacts } from '../db/insert-facts.ts';
import { loadShortHistories } from '../db/load-short-histories.ts';
import { loadHistory } from '../db/load-history.ts';
import { lockFacts } from '../db/lock-facts.ts';
import { moveFacts } from '../db/move-facts.ts';
import type { Generation } from '../db/open-generation.ts';
import { neighbourDays } from '../db/neighbour-days.ts';
import { saveActivityDays } from '../db/save-activity-days.ts';
import { saveIdentifiers } from '../db/save-identifiers.ts';
import { deleteStageMarks, insertStageMarks, moveStageMarks } from '../db/save-stage-marks.ts';
import { saveAmbiguousTransactions, saveTransactions } from '../db/save-transactions.ts';
import { moveSalesDays, saveSalesDays } from '../db/save-sales-days.ts';
import { appendToGeneration, closedChangesOf, closedSoon } from './append-to-generation.ts';
import { exchangeGroupStatements } from './exchange-group-statements.ts';
import { loadState, type LoadedBatch } from './load-state.ts';

export interface FigureContext {
  generation: Generation;
  catalog: SeriesCatalog;
  calendar: ReportingCalendar;
}

export interface AppliedRecords {
  /** Facts that were not counted before. */
  counted: Fact[];
  /** Facts that belong to another identifier now. */
  moved: Fact[];
  /** Facts that an erasure has taken away. */
  erased: number;
  /** Touchpoints whose assignment was known already. */
  repeated: number;
  /** That were newer than what was known. */
  memberships: readonly MembershipUpdate[];
  deltas: number;
}

/** A generation that is built beside the one in use: its memberships are copied, then its facts are taken in. */
export type BuiltFigures = { state: 'copying'; generation: number } | ({ state: 'filling' } & FilledFigures);

interface FilledFigures {
  figures: FigureContext;
  /** Which facts it holds. */
  holds: (key: string) => boolean;
}

/**
 * @param remembered kept by the caller over the attempts of one batch
 * @param built gets all memberships that change, and what concerns the facts that it holds
 */
export async function applyRecords(
  client: PoolClient,
  figures: FigureContext,
  batch: { partition: number; records: readonly ResolvedRecord[] },
  remembered: Set<string>,
  built: BuiltFigures | null = null,
): Promise<AppliedRecords> {
  const { partition, records } = batch;
  const erased = erasedTouchpoints(records);
  const facts = newestFacts(records).filter(({ key }) => !erased.has(key));
  const updates = newestMemberships(records);
  const saveAll = async () => {
    const gone = await detachErased(client, erased);
    return { gone, saved: [...gone, ...(await saveFacts(client, facts))] };
  };
  const [closedThrough, { gone, saved }] = await allOrCause([closedSoon(client, figures), saveAll()]);

  const input = batchInput(figures, updates, saved, closedThrough);
  const { applied, changed, save } = await decideForGeneration(client, figures, input, remembered);
  const deltas = applied.sums.toDeltas();
  const saving = sendInOrder(client, [save, () => insertJourneyChange(client, applied.touched)]);
  const rest = async (): Promise<void> => {
    // Where there is more to read, it is read of what is saved; else nothing has to wait for it.
    if (built !== null || gone.length > 0) await saving;
    if (built?.state === 'copying') {
      await copyChangedMemberships(client, { from: figures.generation.id, to: built.generation }, changed);
    }
    const filled = built?.state === 'filling' ? built : null;
    const beside = filled === null ? [] : await applyBeside(client, filled, { updates, saved, remembered });
    await forgetErased(client, records, gone);
    await appendToGeneration(client, figures, partition, {
      deltas,
      closed: closedChangesOf(figures, applied, closedThrough),
    });
    if (filled !== null)
      await appendToGeneration(client, filled.figures, partition, { deltas: beside, closed: null });
    // After what this batch says of the shares of what it erases.
    openTransactionOf(client).runLast(() => forgetShares(client, erasedIdentifiers(records)));
  };
  await allOrCause([saving, rest()]);
  return {
    counted: saved.filter(({ movedFrom }) => movedFrom === null).map(({ fact }) => fact),
    moved: saved
      .filter(({ movedFrom, erasedBy }) => movedFrom !== null && erasedBy === null)
      .map(({ fact }) => fact),
    erased: gone.length,
    repeated: facts.length - (saved.length - gone.length),
    memberships: applied.memberships,
    deltas: deltas.length,
  };
}

function batchInput(
  { catalog, calendar }: FigureContext,
  updates: readonly MembershipUpdate[],
  saved: readonly SavedFact[],
  closedThrough = Number.NEGATIVE_INFINITY,
): BatchInput {
  const changes = placeFacts({ catalog, calendar }, saved);
  return { catalog, updates, changes, facts: decideFactEffects(calendar, changes), closedThrough };
}

/**
 * A transaction is decided from all its records, whether they are held or not: so what is counted follows a record that moves or is
 * erased before it is held, and taking it in later changes nothing about it.
 */
async function applyBeside(
  client: PoolClient,
  { figures, holds }: FilledFigures,
  {
    updates,
    saved,
    remembered,
  }: {
    updates: readonly MembershipUpdate[];
    saved: readonly SavedFact[];
    remembered: Set<string>;
  },
): Promise<Delta[]> {
  const { transactions } = batchInput(figures, updates, saved).facts;
  const input = batchInput(
    figures,
    updates,
    saved.filter(({ fact }) => holds(fact.key)),
  );
  const decided = { ...input, facts: { ...input.facts, transactions } };
  return (await applyToGeneration(client, figures, decided, remembered)).sums.toDeltas();
}

/** @param remembered identifiers that earlier attempts turned out to need; added to */
export async function applyToGeneration(
  client: PoolClient,
  figures: FigureContext,
  input: BatchInput,
  remembered: Set<string>,
): Promise<AppliedChanges> {
  const { applied, save } = await decideForGeneration(client, figures, input, remembered);
  await sendInOrder(client, [save]);
  return applied;
}

/** Begins statements, in the order in which they are executed. */
type Save = () => Promise<unknown>;

async function decideForGeneration(
  client: PoolClient,
  { generation, catalog, calendar }: FigureContext,
  input: BatchInput,
  remembered: Set<string>,
): Promise<{ applied: AppliedChanges; changed: string[]; save: Save }> {
  const scope = { generation: generation.id, placing: { catalog, calendar } };
  const loaded = await loadState(client, scope, input, remembered);
  const statements = await exchangeGroupStatements(client, generation.id, input, loaded);
  const applied = await applyLoaded(client, generation.id, input, { ...loaded, statements });
  const changed = [...new Set([...loaded.created.keys(), ...applied.identifiers.map(({ id }) => id)])];
  return {
    applied,
    changed,
    save: () => saveChanges(client, generation.id, { input, applied }, loaded),
  };
}

/** By key, the erasure that takes it away. */
function erasedTouchpoints(records: readonly ResolvedRecord[]): Map<string, string> {
  return new Map(
    records.flatMap((record) =>
      record.kind === 'profile.erased' ? record.touchpoints.map((key) => [key, record.erasure] as const) : [],
    ),
  );
}

async function detachErased(client: PoolClient, erased: ReadonlyMap<string, string>): Promise<SavedFact[]> {
  if (erased.size === 0) return [];
  const facts = await detachFacts(client, [...erased.keys()]);
  return facts.map((fact) => ({ fact, movedFrom: fact.identifier, erasedBy: erased.get(fact.key) ?? '' }));
}

function erasedIdentifiers(records: readonly ResolvedRecord[]): ErasedId[] {
  return records.flatMap((record) =>
    record.kind === 'profile.erased' ? record.identifiers.map((id) => ({ id, erasure: record.erasure })) : [],
  );
}

/** What is left of erased facts, and what else names them or the identifiers of the erased person. */
async function forgetErased(
  client: PoolClient,
  records: readonly ResolvedRecord[],
  gone: readonly SavedFact[],
): Promise<void> {
  const erasures = records.filter((record) => record.kind === 'profile.erased');
  if (erasures.length === 0) return;
  const named = erasures.flatMap(({ touchpoints, identifiers }) => [...touchpoints, ...identifiers]);
  await wipeFacts(
    client,
    gone.map(({ fact }) => fact.key),
  );
  await forgetReasons(client, [...gone.map(({ fact }) => fact.id), ...named]);
  await clearClassBounds(client, named);
  for (const { erasure, touchpoints, identifiers } of erasures) {
    const taken = new Set(touchpoints);
    await addErased(client, erasure, {
      facts: gone.filter(({ fact, erasedBy }) => erasedBy === erasure && taken.has(fact.key)).length,
      deadLetters: await eraseDeadLettersNaming(client, [...touchpoints, ...identifiers]),
      identifiers: identifiers.length,
    });
  }
}

function savedFact(fact: Fact, movedFrom: string | null): SavedFact {
  return { fact, movedFrom, erasedBy: null };
}

/** Inserts what is new and moves what has a newer assignment; the rest is known already. */
async function saveFacts(client: PoolClient, facts: readonly Fact[]): Promise<SavedFact[]> {
  if (facts.length === 0) return [];
  const inserted = await insertFacts(client, facts);
  if (inserted.size === facts.length) return facts.map((fact) => savedFact(fact, null));
  const before = await lockFacts(
    client,
    facts.filter(({ key }) => !inserted.has(key)).map(({ key }) => key),
  );
  const changes = facts.flatMap((fact): SavedFact[] => {
    const assignment = before.get(fact.key);
    if (assignment === undefined) return [savedFact(fact, null)];
    if (assignment.version >= fact.assignmentVersion) return [];
    return [savedFact(fact, assignment.identifier)];
  });
  const moved = changes.filter(({ movedFrom }) => movedFrom !== null).map(({ fact }) => fact);
  if (moved.length > 0) await moveFacts(client, moved);
  // A newer assignment to the same identifier is remembered but changes nothing.
  return changes.filter(({ fact, movedFrom }) => movedFrom !== fact.identifier);
}

/** More rounds would be a defect: each reads four times as many days as the one before. */
const maxHistoryRounds = 100;

export async function applyLoaded(
  client: PoolClient,
  generation: number,
  input: BatchInput,
  loaded: LoadedBatch,
): Promise<AppliedChanges> {
  const separate = separateIdentifiers(input.updates, input.changes, loaded.identifiers);
  await loadShortHistories(client, generation, loaded, separate);
  const applied: AppliedChanges[] = [];
  for (const part of splitBatch(input, loaded))
    applied.push(await applyPart(client, generation, part, separate));
  return joinChanges(applied);
}

/**
 * The core is asked again with what it needed, until it needs nothing more: at once where histories are short, mostly in the
 * second or third round where they are long.
 */
async function applyPart(
  client: PoolClient,
  generation: number,
  { input, loaded }: BatchPart,
  separate: ReadonlySet<string>,
): Promise<AppliedChanges> {
  for (let round = 0; round < maxHistoryRounds; round++) {
    const applied = applyBatch(input, loaded);
    if (applied.needs === null) return applied.changes;
    await loadHistory(client, generation, applied.needs, loaded.history, {
      neighbours: neighbourDays(round),
      separate,
      changes: input.changes,
    });
  }
  throw new Error('the batch needs more history with every round');
}

/** Begins all statements at once, in this order. */
async function saveChanges(
  client: PoolClient,
  generation: number,
  { input, applied }: { input: BatchInput; applied: AppliedChanges },
  { created, identifiers: before }: LoadedBatch,
): Promise<void> {
  const { identifiers, counts, sales, moved, counted, ambiguous } = applied;
  const after = new Map(identifiers.map((state) => [state.id, state]));
  for (const id of created.keys()) if (!after.has(id)) after.set(id, before.get(id));
  const unsaved = [...after.values()].filter((state) => {
    const saved = created.get(state.id);
    return saved === undefined || !isSameIdentifier(saved, state);
  });
  const rootOf = (id: string) => (after.get(id) ?? before.get(id)).root;
  const moves = [...moved].map(([identifier, to]) => ({ identifier, from: before.get(identifier).root, to }));
  await allOrCause([
    saveIdentifiers(client, generation, unsaved),
    saveActivityDays(client, generation, counts),
    deleteStageMarks(client, generation, input.changes),
    moveStageMarks(client, generation, moved),
    moveSalesDays(client, generation, moves),
    saveSalesDays(client, generation, sales),
    insertStageMarks(client, generation, input.changes, rootOf),
    saveTransactions(client, generation, counted),
    saveAmbiguousTransactions(client, generation, ambiguous),
  ]);
}
