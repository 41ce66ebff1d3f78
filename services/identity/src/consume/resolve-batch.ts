/**
 * One batch of touchpoints in the transaction of the consumer loop: set apart what is already a member, resolve the rest,
 * write it all. The steps in order are the table of contents of the service.
 */
import { clockMicroseconds } from './clock.ts';
import type { OutboxRecord, RecordBatch } from '@throughline/event-log';
import { allOrCause, sendTogether } from '@throughline/postgres';
import { mapInSlices } from '@throughline/timing';
import type { PoolClient } from 'pg';
import { keptMentions } from '../core/kept-mention.ts';
import { type Assignment, type Resolution, resolve } from '../core/resolve.ts';
import {
  findStoredHashes,
  insertTouchpoints,
  makeBlocks,
  type NewTouchpoint,
  saveSources,
} from '../db/save-touchpoints.ts';
import { insertErasedTouchpoints, strikeTouchpoints } from '../db/erase-touchpoints.ts';
import { type LoadedErasures, loadErasures } from '../db/load-erasures.ts';
import { findAcceptedTouchpoints } from '../db/find-accepted-touchpoints.ts';
import { saveConflicts } from '../db/save-conflicts.ts';
import { saveDuplicates } from '../db/save-duplicates.ts';
import { saveErasureMentions } from '../db/erasure-mentions.ts';
import { saveWithdrawnPairs } from '../db/save-withdrawn-pairs.ts';
import { saveTraits } from '../db/save-traits.ts';
import { conflictRecord } from './conflict-record.ts';
import { insertBacklog } from '../db/rules/backlog.ts';
import { type DecodedTouchpoint, decodeTouchpoint } from './decode-touchpoint.ts';
import { GraphReader } from './graph-reader.ts';
import { honourErasures, type HonouredTouchpoints } from './honour-erasures.ts';
import type { IdentityContext } from './identity-context.ts';
import { formerNames } from './judge-identifiers.ts';
import { type ResolvedStream, touchpointRecord } from './resolved-record.ts';
import { saveResolution } from './save-resolution.ts';
import { lastTraits, type TraitSource } from './trait-writes.ts';

export interface BatchOutcome extends SortedTouchpoints {
  /** Null when nothing was new. */
  resolution: Resolution | null;
  /** Of the new ones. */
  honoured: HonouredTouchpoints;
}

interface SortedTouchpoints {
  /** New members. */
  resolved: DecodedTouchpoint[];
  duplicates: DecodedTouchpoint[];
  conflicts: DecodedTouchpoint[];
  /** Copies of what an erasure has dropped: nothing is left to compare them with. */
  erased: DecodedTouchpoint[];
}

export async function resolveBatch(
  context: IdentityContext,
  batch: RecordBatch<DecodedTouchpoint>,
): Promise<BatchOutcome> {
  const reader = new GraphReader(batch.client, batch.neededKeys);
  // Also of those that are members already, which are few: one answer less to wait for.
  const named = namesOf(batch.records);
  const [{ isCaptured }, sorted, , loaded] = await sendTogether(batch.client, () =>
    allOrCause([
      context.rules.enter(batch.client),
      sortByMembership(batch.client, batch.records),
      reader.lock(named),
      // After the locks: an erasure that is not seen here finds, under the same locks, what this batch stores.
      loadErasures(batch.client, [...named, ...formerNamesOf(context, batch.records)]),
    ]),
  );
  await saveCopies(batch.client, sorted.duplicates);
  const fresh = sorted.resolved.map((one) => byRulesInForce(context, one));
  const erasures = fresh.every((one, place) => one === sorted.resolved[place])
    ? loaded
    : await loadErasuresAgain(context, batch.client, reader, fresh);
  const honoured = honourErasures(context, fresh, erasures);
  const resolution = await saveFresh(context, batch, reader, honoured);
  if (isCaptured) {
    await insertBacklog(
      batch.client,
      'touchpoint',
      fresh.map(({ incoming }) => incoming.key),
    );
    // What it counts has to be counted by the version in work as well.
    const [dropped] = honoured.dropped;
    if (dropped !== undefined) await insertBacklog(batch.client, 'erasure', [dropped.incoming.key]);
  }
  await saveConflicting(context, batch, sorted.conflicts);
  return { ...sorted, resolved: honoured.kept, honoured, resolution };
}

function namesOf(touchpoints: readonly DecodedTouchpoint[]): string[] {
  return touchpoints.flatMap(({ incoming }) => incoming.identifiers.map(({ id }) => id));
}

function formerNamesOf(context: IdentityContext, touchpoints: readonly DecodedTouchpoint[]): string[] {
  if (context.rules.former.size === 0) return [];
  return touchpoints.flatMap(({ accepted }) => formerNames(context, accepted).map(({ id }) => id));
}

/** Other rules may call the identifiers by other ids. */
async function loadErasuresAgain(
  context: IdentityContext,
  client: PoolClient,
  reader: GraphReader,
  touchpoints: readonly DecodedTouchpoint[],
): Promise<LoadedErasures | null> {
  const named = namesOf(touchpoints);
  await reader.lock(named);
  return await loadErasures(client, [...named, ...formerNamesOf(context, touchpoints)]);
}

/** The rules may be others than when the record was parsed. */
function byRulesInForce({ ids, rules }: IdentityContext, one: DecodedTouchpoint): DecodedTouchpoint {
  return one.rulesVersion === rules.current.version ? one : decodeTouchpoint(one, ids, rules.current);
}

/** Members stay as they were committed first; a copy with another body is a conflict. */
async function sortByMembership(
  client: PoolClient,
  decoded: readonly DecodedTouchpoint[],
): Promise<SortedTouchpoints> {
  const hashes = await findStoredHashes(client, [...new Set(decoded.map(({ incoming }) => incoming.key))]);
  const sorted: SortedTouchpoints = { resolved: [], duplicates: [], conflicts: [], erased: [] };
  for (const one of decoded) {
    const { key } = one.incoming;
    const { bodyHash } = one.accepted;
    const known = hashes.get(key);
    if (known === undefined) {
      hashes.set(key, bodyHash);
      sorted.resolved.push(one);
    } else if (known === null) sorted.erased.push(one);
    else if (known === bodyHash) sorted.duplicates.push(one);
    else sorted.conflicts.push(one);
  }
  return sorted;
}

/** For the trace. */
async function saveCopies(client: PoolClient, duplicates: readonly DecodedTouchpoint[]): Promise<void> {
  await saveDuplicates(
    client,
    duplicates.map(({ accepted, incoming }) => ({
      key: incoming.key,
      receivedAt: incoming.receivedAt,
      requestId: accepted.requestId,
    })),
  );
}

/**
 * What came under a taken id: noted for the trace, and sent to the rejected store with both bodies. After the touchpoints are
 * stored, because the one that stands may be of the same batch.
 */
async function saveConflicting(
  context: IdentityContext,
  { client, shard }: RecordBatch<DecodedTouchpoint>,
  conflicting: readonly DecodedTouchpoint[],
): Promise<void> {
  const conflicts = conflicting.map((one) => ({
    key: one.incoming.key,
    bodyHash: one.accepted.bodyHash,
    receivedAt: one.accepted.touchpoint.receivedAt,
    requestId: one.accepted.requestId,
    touchpoint: one,
  }));
  const unknown = await saveConflicts(client, conflicts);
  if (unknown.length === 0) return;
  const standing = await findAcceptedTouchpoints(client, [...new Set(unknown.map(({ key }) => key))]);
  const records = unknown.flatMap(({ key, touchpoint }) => {
    const first = standing.get(key);
    if (first === undefined) return [];
    return [conflictRecord(context.ids, touchpoint, first.touchpoint, context.rejectedPartitions)];
  });
  await context.outbox.write(client, shard, records);
}

async function saveFresh(
  context: IdentityContext,
  { client, shard, traffic, trace }: RecordBatch<DecodedTouchpoint>,
  reader: GraphReader,
  { kept: fresh, dropped, keptOut }: HonouredTouchpoints,
): Promise<Resolution | null> {
  await insertErasedTouchpoints(
    client,
    [...dropped, ...keptOut].map(({ incoming }) => incoming.key),
  );
  await saveErasureMentions(
    client,
    keptMentions(
      dropped.flatMap(({ incoming: { erasedAt = null, mentioned = [], ...one } }) =>
        erasedAt === null ? [] : [{ ...one, erasedAt, mentioned }],
      ),
    ),
  );
  const counted = [...fresh, ...dropped];
  if (counted.length === 0) return null;
  const touchpoints = counted.map(({ incoming }) => incoming);
  const resolution = await reader.run(
    resolve(
      { clock: clockMicroseconds(), touchpoints, stored: [], revisit: [] },
      context.rules.current.limits,
    ),
    counted.length === 1 ? undefined : context.maxBatchRows,
  );
  const stream: ResolvedStream = { shard, partitions: context.resolvedPartitions, traffic };
  const primaryOf = new Map(resolution.assignments.map(({ key, primary }) => [key, primary]));
  const blocks = await makeBlocks(fresh.map((one) => toRow(one, primaryOf.get(one.incoming.key) ?? '')));
  const touchpointRecords = await makeRecords(context, fresh, resolution.assignments, { stream, trace });

  // Executed in this order.
  await sendTogether(client, () =>
    allOrCause([
      insertTouchpoints(client, blocks),
      saveTraits(client, lastTraits(context.ids, traitSources(fresh, primaryOf))),
      saveUnseenSources(context, client, fresh),
      saveResolution(client, resolution, {
        outbox: context.outbox,
        limits: context.rules.current.limits,
        stream,
        valueOf: namedValues(counted),
        reason: shard,
        origin: null,
        touchpointRecords,
      }),
    ]),
  );
  await strikeTouchpoints(
    client,
    fresh.flatMap(({ incoming: { key, identifiers, struck }, statements }) => {
      if (struck === undefined) return [];
      const left = idsOf(identifiers);
      return [{ key, identifiers: left, counted: [...struck, ...left], hasTraits: statements.length > 0 }];
    }),
  );
  await saveWithdrawnPairs(client, keysOfWithdrawn(fresh));
  return resolution;
}

async function makeRecords(
  context: IdentityContext,
  fresh: readonly DecodedTouchpoint[],
  assignments: readonly Assignment[],
  { stream, trace }: { stream: ResolvedStream; trace: RecordBatch<DecodedTouchpoint>['trace'] },
): Promise<OutboxRecord[]> {
  const byKey = new Map(fresh.map((one) => [one.incoming.key, one]));
  const made = await mapInSlices(assignments, (assignment) => {
    const one = byKey.get(assignment.key);
    if (one === undefined) return [];
    const record = touchpointRecord(context, stream, one.accepted, assignment, null);
    return [{ ...record, traceparent: trace.follow(one.traceparent) }];
  });
  return made.flat();
}

export function keysOfWithdrawn(touchpoints: readonly DecodedTouchpoint[]): string[] {
  return touchpoints.flatMap(({ incoming: { key, withdrawn } }) => (withdrawn === undefined ? [] : [key]));
}

function idsOf(identifiers: readonly { id: string }[]): string[] {
  return identifiers.map(({ id }) => id);
}

/** Of what an erasure dropped, only those that still name something. */
function namedValues(touchpoints: readonly DecodedTouchpoint[]): Map<string, string> {
  return new Map(
    touchpoints.flatMap(({ values, incoming: { mentioned } }) => {
      const kept = mentioned && new Set(idsOf(mentioned));
      return values.flatMap(({ id, value }) =>
        kept === undefined || kept.has(id) ? [[id, value] as const] : [],
      );
    }),
  );
}

export function traitSources(
  fresh: readonly DecodedTouchpoint[],
  primaryOf: ReadonlyMap<string, string>,
): TraitSource[] {
  return fresh.flatMap(({ incoming, statements }) => {
    const identifier = primaryOf.get(incoming.key);
    if (identifier === undefined || statements.length === 0) return [];
    const { trust, occurredAt: at, source, id: touchpointId } = incoming;
    return [{ identifier, trust, at, source, touchpointId, statements }];
  });
}

function toRow({ accepted, incoming, statements, text }: DecodedTouchpoint, primary: string): NewTouchpoint {
  const { touchpoint } = accepted;
  return {
    key: incoming.key,
    source: touchpoint.source,
    id: touchpoint.id,
    name: touchpoint.name,
    channel: touchpoint.channel ?? null,
    trust: accepted.trust,
    occurredAt: touchpoint.occurredAt,
    primary,
    identifiers: incoming.identifiers.map(({ id }) => id),
    hasTraits: statements.length > 0,
    bodyHash: accepted.bodyHash,
    text,
  };
}

/** Sources are few; each is written once per process. */
async function saveUnseenSources(
  context: IdentityContext,
  client: PoolClient,
  fresh: readonly DecodedTouchpoint[],
): Promise<void> {
  const unseen = new Set<string>();
  for (const { accepted } of fresh) {
    if (!context.knownSources.has(accepted.touchpoint.source)) unseen.add(accepted.touchpoint.source);
  }
  if (unseen.size === 0) return;
  await saveSources(client, unseen);
  context.noteSources(unseen);
}
