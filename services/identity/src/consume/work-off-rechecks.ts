/**
 * Works off the rechecks that a change of an identifier's standing leaves behind: the identifiers linked to one that became
 * shared are resolved again, and touchpoints under it move. Page by page, in the order of an index, each page a transaction
 * of its own, so a kiosk with a million touchpoints delays no other work and a restart resumes at the last page.
 *
 * A page costs the same wherever it is: traits are moved with their touchpoints, and what the identifier itself is left with
 * is read once, by a recheck of its traits that follows the last move.
 */
import { retryTransaction } from '@throughline/postgres';
import type { MembershipCause } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import { type Assignment, type Resolution, resolve } from '../core/resolve.ts';
import { statementsOf } from '../core/statements.ts';
import { requeueTimelines } from '../db/erasure-timelines.ts';
import { loadIdentifierTypes } from '../db/load-identifier-types.ts';
import { loadAttachedTo, loadLinkedAttached, loadLinkedPersons } from '../db/load-links.ts';
import {
  loadTouchpointBounds,
  loadTouchpointsUnder,
  loadTouchpointsWithTraits,
  reassignTouchpoints,
  type StoredTouchpointRow,
} from '../db/reassign-touchpoints.ts';
import {
  advanceRecheck,
  cursorAfter,
  deleteRecheck,
  insertRechecks,
  postponeRecheck,
  type RecheckProgress,
  type StoredRecheck,
  takeRecheck,
} from '../db/rechecks.ts';
import { rereadAttachedBounds } from '../db/save-attached-summaries.ts';
import { deleteTraitsOf, saveTraits } from '../db/save-traits.ts';
import { clockMicroseconds } from './clock.ts';
import { GraphReader, type LockSet } from './graph-reader.ts';
import type { IdentityContext } from './identity-context.ts';
import { type ResolvedStream, touchpointRecord } from './resolved-record.ts';
import { saveResolution } from './save-resolution.ts';
import { lastTraits, type TraitSource } from './trait-writes.ts';

const pageSize = 200;

/** Identifiers of a page that are decided again. Each person identifier may bring a whole component. */
const attachedPageSize = 50;
const personPageSize = 20;

/** Rechecks have an outbox shard of their own: they run beside the batches of every partition. */
export const recheckShard = 'recheck';

/** What a page works with: one transaction. */
interface RecheckWork {
  context: IdentityContext;
  client: PoolClient;
  reader: GraphReader;
  recheck: StoredRecheck;
}

const pageOf: Record<StoredRecheck['kind'], (work: RecheckWork) => Promise<RecheckProgress>> = {
  links: (work) => revisit(work, { load: loadLinkedAttached, size: attachedPageSize }),
  persons: (work) => revisit(work, { load: loadLinkedPersons, size: personPageSize }),
  children: (work) => revisit(work, { load: loadAttachedTo, size: attachedPageSize, cause: 'merge' }),
  touchpoints: revisitTouchpoints,
  traits: rereadTraits,
  bounds: rereadBounds,
};

/**
 * One page of the recheck whose turn it is. False when there was nothing to do.
 * @throws what the page failed with; the recheck waits apart then
 */
export async function workOffRecheck(context: IdentityContext): Promise<boolean> {
  const locks: LockSet = new Set();
  const taken: { id: number | null } = { id: null };
  try {
    await retryTransaction(context.pool, async (client) => {
      await context.rules.enter(client);
      const recheck = await takeRecheck(client);
      taken.id = recheck?.id ?? null;
      if (recheck === null) return;
      const reader = new GraphReader(client, locks);
      const progress = await pageOf[recheck.kind]({ context, client, reader, recheck });
      await saveProgress(client, recheck, progress);
    });
  } catch (error) {
    if (taken.id !== null) await postponeRecheck(context.pool, taken.id);
    throw error;
  }
  if (taken.id !== null) context.outbox.nudge();
  return taken.id !== null;
}

async function saveProgress(
  client: PoolClient,
  recheck: StoredRecheck,
  { next, traitsLeft }: RecheckProgress,
): Promise<void> {
  if (next !== null) {
    await advanceRecheck(client, recheck.id, next, traitsLeft);
    return;
  }
  await deleteRecheck(client, recheck.id);
  if (!recheck.traitsLeft && !traitsLeft) return;
  await insertRechecks(client, [{ identifier: recheck.identifier, kind: 'traits' }], recheck.origin);
}

interface RevisitedPage {
  load: typeof loadLinkedAttached;
  size: number;
  cause?: MembershipCause;
}

async function revisit(
  { context, client, reader, recheck }: RecheckWork,
  { load, size, cause = 'shared_identifier' }: RevisitedPage,
): Promise<RecheckProgress> {
  const page = await load(client, recheck.identifier, recheck.cursor?.id ?? null, size);
  if (page.length > 0) {
    const input = { clock: clockMicroseconds(), touchpoints: [], stored: [], revisit: page };
    const resolution = await reader.run(resolve(input, context.rules.current.limits));
    await save(context, client, { ...resolution, cause }, recheck);
  }
  const last = page.length < size ? undefined : page.at(-1);
  return { next: last === undefined ? null : { at: null, id: last }, traitsLeft: false };
}

async function revisitTouchpoints(work: RecheckWork): Promise<RecheckProgress> {
  const { client, reader, recheck } = work;
  // The lock first: a batch that is adding touchpoints under the identifier must be done before they are read.
  await reader.lock([recheck.identifier]);
  const rows = await loadTouchpointsUnder(client, recheck.identifier, recheck.cursor, pageSize);
  const traitsLeft = rows.length > 0 && (await moveTouchpoints(work, rows));
  return { next: nextPage(rows), traitsLeft };
}

/** Those that were written after a touchpoint has left are written again, from the touchpoints that are still there. */
async function rereadTraits({ context, client, reader, recheck }: RecheckWork): Promise<RecheckProgress> {
  await reader.lock([recheck.identifier]);
  const rows = await loadTouchpointsWithTraits(client, recheck.identifier, recheck.cursor, pageSize);
  const sources = rows.map((row) => traitSource(row, recheck.identifier));
  await saveTraits(client, lastTraits(context.ids, sources));
  return { next: nextPage(rows), traitsLeft: false };
}

async function rereadBounds({ client, recheck }: RecheckWork): Promise<RecheckProgress> {
  await rereadAttachedBounds(client, recheck.identifier);
  return { next: null, traitsLeft: false };
}

function nextPage(rows: readonly StoredTouchpointRow[]): RecheckProgress['next'] {
  const last = rows.length < pageSize ? undefined : rows.at(-1);
  return last === undefined ? null : cursorAfter(last);
}

/** Says whether touchpoints with traits have left. */
async function moveTouchpoints(work: RecheckWork, rows: readonly StoredTouchpointRow[]): Promise<boolean> {
  const { context, client, recheck } = work;
  const resolution = await resolveStored(work, rows);
  await reassignTouchpoints(client, resolution.assignments);
  await requeueTimelines(client, resolution.assignments);
  await save(context, client, await withBounds(client, resolution, recheck.identifier), recheck);
  if (resolution.assignments.length === 0) return false;
  const moved = movedTouchpoints(rows, resolution.assignments);
  const sources = moved.map(({ row, assignment }) => traitSource(row, assignment.primary));
  const withTraits = sources.filter(({ statements }) => statements.length > 0);
  await deleteTraitsOf(client, recheck.identifier, withTraits);
  await saveTraits(client, lastTraits(context.ids, withTraits));
  const records = moved.map(({ row, assignment }) =>
    touchpointRecord(context, streamOf(context), row.accepted, assignment, 'shared_identifier'),
  );
  await context.outbox.write(client, recheckShard, records);
  return withTraits.length > 0;
}

async function resolveStored(
  { context, client, reader, recheck }: RecheckWork,
  rows: readonly StoredTouchpointRow[],
): Promise<Resolution> {
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
  const input = { clock: clockMicroseconds(), touchpoints: [], stored, revisit: [] };
  return await reader.run(resolve(input, context.rules.current.limits));
}

/**
 * The resolver counts what leaves an identifier, but cannot know the first and last of what stays.
 * @param hasLeft whether something has
 */
export async function withBounds(
  client: PoolClient,
  resolution: Resolution,
  left: string,
  hasLeft = resolution.assignments.length > 0,
): Promise<Resolution> {
  if (!hasLeft && resolution.assignments.length === 0) return resolution;
  const bounds = await loadTouchpointBounds(client, left);
  const identifiers = resolution.identifiers.map((one) =>
    one.state.id === left ? { ...one, state: { ...one.state, ...bounds } } : one,
  );
  return { ...resolution, identifiers };
}

interface MovedTouchpoint {
  row: StoredTouchpointRow;
  assignment: Assignment;
}

function movedTouchpoints(
  rows: readonly StoredTouchpointRow[],
  assignments: readonly Assignment[],
): MovedTouchpoint[] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return assignments.flatMap((assignment) => {
    const row = byKey.get(assignment.key);
    return row === undefined ? [] : [{ row, assignment }];
  });
}

function traitSource(row: StoredTouchpointRow, identifier: string): TraitSource {
  const { touchpoint } = row.accepted;
  return {
    identifier,
    trust: row.trust,
    at: row.occurredAt,
    source: touchpoint.source,
    touchpointId: touchpoint.id,
    statements: statementsOf(touchpoint),
  };
}

function streamOf(context: IdentityContext): ResolvedStream {
  return { shard: recheckShard, partitions: context.resolvedPartitions, traffic: 'bulk' };
}

async function save(
  context: IdentityContext,
  client: PoolClient,
  resolution: Resolution,
  recheck: StoredRecheck,
): Promise<void> {
  await saveResolution(client, resolution, {
    outbox: context.outbox,
    limits: context.rules.current.limits,
    stream: streamOf(context),
    valueOf: new Map(),
    reason: recheck.identifier,
    origin: recheck.identifier,
    touchpointRecords: [],
    recheckOrigin: recheck.origin,
  });
}
