/**
 * One batch of touchpoints in one transaction: drop what is already a member, resolve the rest, write it all. The steps in
 * order are the table of contents of the service.
 */
import { clockMicroseconds } from './clock.ts';
import type { LogRecord, PartitionBatch } from '@throughline/event-log';
import { consumeInTransaction, saveDeadLetter } from '@throughline/event-log';
import type { PoolClient } from 'pg';
import { consumerGroups } from '@throughline/contracts';
import { type Resolution, resolve } from '../core/resolve.ts';
import {
  type ConflictingTouchpoint,
  findStoredHashes,
  insertTouchpoints,
  type NewTouchpoint,
  saveConflicts,
  saveSources,
} from '../db/save-touchpoints.ts';
import { saveDuplicates } from '../db/save-duplicates.ts';
import { saveTraits } from '../db/save-traits.ts';
import { decodeTouchpoint, type DecodedTouchpoint } from './decode-touchpoint.ts';
import { GraphReader, type LockSet } from './graph-reader.ts';
import type { IdentityContext } from './identity-context.ts';
import { type ResolvedStream, touchpointRecord } from './resolved-record.ts';
import { saveResolution } from './save-resolution.ts';
import { lastTraits, type TraitSource } from './trait-writes.ts';

export interface BatchOutcome {
  resolved: DecodedTouchpoint[];
  duplicates: DecodedTouchpoint[];
  conflicts: DecodedTouchpoint[];
  deadLetters: number;
  resolution: Resolution | null;
}

/** @param unusable why none of the records can be stored: they go to the dead letters; null for a first try */
export async function resolveBatch(
  context: IdentityContext,
  batch: PartitionBatch,
  unusable: string | null = null,
): Promise<BatchOutcome> {
  // Outlives the attempts: what one found to be needed, the next locks at once.
  const locks: LockSet = new Set();
  let outcome: BatchOutcome = emptyOutcome();
  await consumeInTransaction(
    context.pool,
    { schema: 'identity', group: consumerGroups.identity, batch },
    async ({ client, records }) => {
      outcome = emptyOutcome();
      const decoded = await decodeRecords(context, client, batch, records, unusable, outcome);
      const fresh = await dropKnown(client, decoded, outcome);
      if (fresh.length > 0) await saveFresh(context, client, batch, fresh, locks, outcome);
    },
  );
  return outcome;
}

function emptyOutcome(): BatchOutcome {
  return { resolved: [], duplicates: [], conflicts: [], deadLetters: 0, resolution: null };
}

async function decodeRecords(
  context: IdentityContext,
  client: PoolClient,
  batch: PartitionBatch,
  records: readonly LogRecord[],
  unusable: string | null,
  outcome: BatchOutcome,
): Promise<DecodedTouchpoint[]> {
  const decoded: DecodedTouchpoint[] = [];
  for (const record of records) {
    let failure = unusable;
    if (failure === null) {
      try {
        decoded.push(decodeTouchpoint(record.value, context.ids));
        continue;
      } catch (error) {
        // Its message would quote the record.
        failure = error instanceof Error ? error.name : 'unreadable';
      }
    }
    outcome.deadLetters += 1;
    await saveDeadLetter(client, {
      schema: 'identity',
      group: consumerGroups.identity,
      topic: batch.topic,
      partition: batch.partition,
      record,
      code: 'unreadable_record',
      message: failure,
    });
  }
  return decoded;
}

/** Members stay as they were committed first; a copy with another body is kept aside. */
async function dropKnown(
  client: PoolClient,
  decoded: readonly DecodedTouchpoint[],
  outcome: BatchOutcome,
): Promise<DecodedTouchpoint[]> {
  if (decoded.length === 0) return [];
  const hashes = await findStoredHashes(client, [...new Set(decoded.map(({ incoming }) => incoming.key))]);
  const fresh: DecodedTouchpoint[] = [];
  const conflicts: ConflictingTouchpoint[] = [];
  for (const one of decoded) {
    const { key } = one.incoming;
    const { bodyHash, touchpoint, requestId } = one.accepted;
    const known = hashes.get(key);
    if (known === undefined) {
      hashes.set(key, bodyHash);
      fresh.push(one);
    } else if (known === bodyHash) outcome.duplicates.push(one);
    else {
      outcome.conflicts.push(one);
      const body = JSON.stringify(touchpoint);
      conflicts.push({ key, bodyHash, receivedAt: touchpoint.receivedAt, requestId, body });
    }
  }
  await saveConflicts(client, conflicts);
  await saveDuplicates(
    client,
    outcome.duplicates.map(({ accepted, incoming }) => ({
      key: incoming.key,
      receivedAt: incoming.receivedAt,
      requestId: accepted.requestId,
    })),
  );
  return fresh;
}

async function saveFresh(
  context: IdentityContext,
  client: PoolClient,
  batch: PartitionBatch,
  fresh: DecodedTouchpoint[],
  locks: LockSet,
  outcome: BatchOutcome,
): Promise<void> {
  const touchpoints = fresh.map(({ incoming }) => incoming);
  const reader = new GraphReader(client, context.limits, locks);
  const resolution = await reader.run(
    resolve({ clock: clockMicroseconds(), touchpoints, stored: [], revisit: [] }, context.limits),
  );
  const stream: ResolvedStream = {
    shard: `${batch.topic}/${batch.partition}`,
    partitions: context.resolvedPartitions,
  };
  const byKey = new Map(fresh.map((one) => [one.incoming.key, one]));
  const primaryOf = new Map(resolution.assignments.map(({ key, primary }) => [key, primary]));

  await insertTouchpoints(
    client,
    fresh.map((one) => toRow(one, primaryOf.get(one.incoming.key) ?? '')),
  );
  await saveTraits(client, lastTraits(context.ids, traitSources(fresh, primaryOf)));
  await saveUnseenSources(context, client, fresh);
  await saveResolution(client, resolution, {
    stream,
    valueOf: new Map(fresh.flatMap(({ values }) => values.map(({ id, value }) => [id, value] as const))),
    reason: `${batch.topic}/${batch.partition}`,
    touchpointRecords: resolution.assignments.flatMap((assignment) => {
      const one = byKey.get(assignment.key);
      return one ? [touchpointRecord(stream, context.ids, one.accepted, assignment, null)] : [];
    }),
  });
  outcome.resolved = fresh;
  outcome.resolution = resolution;
}

function traitSources(
  fresh: readonly DecodedTouchpoint[],
  primaryOf: ReadonlyMap<string, string>,
): TraitSource[] {
  return fresh.flatMap(({ accepted, incoming }) => {
    const { traits } = accepted.touchpoint;
    const identifier = primaryOf.get(incoming.key);
    if (traits === undefined || identifier === undefined) return [];
    const { trust, occurredAt: at, source, id: touchpointId } = incoming;
    return [{ identifier, trust, at, source, touchpointId, traits }];
  });
}

function toRow({ accepted, incoming }: DecodedTouchpoint, primary: string): NewTouchpoint {
  const { touchpoint } = accepted;
  return {
    key: incoming.key,
    source: touchpoint.source,
    id: touchpoint.id,
    type: touchpoint.type,
    name: touchpoint.name,
    channel: touchpoint.channel ?? null,
    trust: accepted.trust,
    occurredAt: touchpoint.occurredAt,
    receivedAt: touchpoint.receivedAt,
    primary,
    identifiers: incoming.identifiers.map(({ id }) => id),
    hasTraits: touchpoint.traits !== undefined && Object.keys(touchpoint.traits).length > 0,
    bodyHash: accepted.bodyHash,
    requestId: accepted.requestId,
    body: JSON.stringify(touchpoint),
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
