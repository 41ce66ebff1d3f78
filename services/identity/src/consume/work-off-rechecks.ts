/**
 * Works off the rechecks that changes of standing leave behind: who is linked to an identifier that became shared is decided
 * anew, and touchpoints under it move. Page by page, each its own transaction, so that a kiosk with a million touchpoints
 * holds nobody up.
 */
import { clockMicroseconds } from './clock.ts';
import { retryTransaction } from '@throughline/postgres';
import { writeOutbox } from '@throughline/event-log';
import type { Touchpoint } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import { type Resolution, type ResolutionInput, resolve } from '../core/resolve.ts';
import { loadIdentifierTypes } from '../db/load-identifier-types.ts';
import { loadLinkedAttached } from '../db/load-links.ts';
import {
  loadTouchpointsUnder,
  reassignTouchpoints,
  refoldIdentifiers,
  type StoredTouchpointRow,
} from '../db/reassign-touchpoints.ts';
import { advanceRecheck, finishRecheck, type StoredRecheck, takeRecheck } from '../db/rechecks.ts';
import { GraphReader, type LockSet } from './graph-reader.ts';
import type { IdentityContext } from './identity-context.ts';
import { type ResolvedStream, touchpointRecord } from './resolved-record.ts';
import { saveResolution } from './save-resolution.ts';

const pageSize = 200;

/** Rechecks have an outbox shard of their own: they run beside the batches of every partition. */
export const recheckShard = 'recheck';

/** One page of the oldest recheck. False when there was nothing to do. */
export async function workOffRecheck(context: IdentityContext): Promise<boolean> {
  const locks: LockSet = new Set();
  const worked = await retryTransaction(context.pool, async (client) => {
    const recheck = await takeRecheck(client);
    if (recheck === null) return false;
    const last =
      recheck.kind === 'links'
        ? await revisitLinked(context, client, recheck, locks)
        : await revisitTouchpoints(context, client, recheck, locks);
    if (last === null) await finishRecheck(client, recheck.id);
    else await advanceRecheck(client, recheck.id, last);
    return true;
  });
  if (worked) context.nudge();
  return worked;
}

function streamOf(context: IdentityContext): ResolvedStream {
  return { shard: recheckShard, partitions: context.resolvedPartitions };
}

/** Returns the cursor of the next page, null when there is none. */
async function revisitLinked(
  context: IdentityContext,
  client: PoolClient,
  recheck: StoredRecheck,
  locks: LockSet,
): Promise<string | null> {
  const linked = await loadLinkedAttached(client, recheck.identifier, recheck.cursor, pageSize);
  if (linked.length > 0) {
    const resolution = await resolveInput(context, client, locks, {
      clock: clockMicroseconds(),
      touchpoints: [],
      stored: [],
      revisit: linked,
    });
    await save(context, client, resolution, recheck);
  }
  return linked.length < pageSize ? null : (linked.at(-1) ?? null);
}

async function revisitTouchpoints(
  context: IdentityContext,
  client: PoolClient,
  recheck: StoredRecheck,
  locks: LockSet,
): Promise<string | null> {
  // The lock first: a batch that is adding touchpoints under the identifier must be done before they are read.
  locks.add(recheck.identifier);
  const reader = new GraphReader(client, context.limits, locks);
  await reader.lock([recheck.identifier]);
  const rows = await loadTouchpointsUnder(client, recheck.identifier, recheck.cursor, pageSize);
  if (rows.length > 0) await moveTouchpoints(context, client, reader, recheck, rows);
  return rows.length < pageSize ? null : (rows.at(-1)?.key ?? null);
}

async function moveTouchpoints(
  context: IdentityContext,
  client: PoolClient,
  reader: GraphReader,
  recheck: StoredRecheck,
  rows: readonly StoredTouchpointRow[],
): Promise<void> {
  const types = await loadIdentifierTypes(client, [
    ...new Set(rows.flatMap(({ identifiers }) => identifiers)),
  ]);
  const stored = rows.map((row) => ({
    key: row.key,
    trust: row.trust,
    occurredAt: row.occurredAt,
    identifiers: row.identifiers.flatMap((id) => types.get(id) ?? []),
    primary: recheck.identifier,
    assignmentVersion: row.assignmentVersion,
  }));
  const resolution = await reader.run(
    resolve({ clock: clockMicroseconds(), touchpoints: [], stored, revisit: [] }, context.limits),
  );
  await save(context, client, resolution, recheck);
  if (resolution.assignments.length === 0) return;
  await reassignTouchpoints(client, resolution.assignments);
  const moved = new Set(resolution.assignments.map(({ primary }) => primary));
  await refoldIdentifiers(client, [...moved, recheck.identifier].toSorted());
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const records = resolution.assignments.flatMap((assignment) => {
    const row = byKey.get(assignment.key);
    if (row === undefined) return [];
    const accepted = {
      touchpoint: JSON.parse(row.body) as Touchpoint,
      trust: row.trust,
      requestId: row.requestId,
    };
    return [touchpointRecord(streamOf(context), context.ids, accepted, assignment, 'shared_identifier')];
  });
  await writeOutbox(client, { schema: 'identity', shard: recheckShard, records });
}

async function resolveInput(
  context: IdentityContext,
  client: PoolClient,
  locks: LockSet,
  input: ResolutionInput,
): Promise<Resolution> {
  return await new GraphReader(client, context.limits, locks).run(resolve(input, context.limits));
}

async function save(
  context: IdentityContext,
  client: PoolClient,
  resolution: Resolution,
  recheck: StoredRecheck,
): Promise<void> {
  await saveResolution(client, resolution, {
    stream: streamOf(context),
    valueOf: new Map(),
    reason: recheck.identifier,
    touchpointRecords: [],
  });
}
