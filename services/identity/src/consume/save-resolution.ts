/** Writes what a resolution decided: identifiers, links, memberships for the stream, and the rechecks it leaves behind. */
import type { Outbox, OutboxRecord } from '@throughline/event-log';
import { allOrCause } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { summaryChanges } from '../core/attached-summary.ts';
import { changedMembers } from '../core/changed-members.ts';
import { isCountOnly } from '../core/change-of-identifier.ts';
import type { IdentifierState, ResolutionLimits } from '../core/identifier-state.ts';
import type { Resolution } from '../core/resolve.ts';
import { saveAttachedSummaries } from '../db/save-attached-summaries.ts';
import { insertChangedMembers } from '../db/changed-members.ts';
import { insertIdentifiers, saveValues, updateCounts, updateIdentifiers } from '../db/save-identifiers.ts';
import { deleteInferredLinks, saveInferredLinks, saveLinks } from '../db/save-links.ts';
import { insertMembershipChanges } from '../db/insert-membership-changes.ts';
import { insertRechecks } from '../db/rechecks.ts';
import { membershipRecord, type ResolvedStream } from './resolved-record.ts';

/** Memberships a record: keeps it well below what a log takes. */
const membershipsPerRecord = 200;

const boundsDelaySeconds = 1;

export async function saveResolution(
  client: PoolClient,
  resolution: Resolution,
  options: {
    outbox: Pick<Outbox, 'write'>;
    /** Those that it was resolved with. */
    limits: ResolutionLimits;
    stream: ResolvedStream;
    valueOf: ReadonlyMap<string, string>;
    /** Of changes that no single touchpoint brought about. */
    reason: string;
    /** The decision or the newly shared identifier that brought it about; null for touchpoints, which the changes name. */
    origin: string | null;
    touchpointRecords: readonly OutboxRecord[];
    /** Of the recheck that is being worked off: what it leaves to do belongs to the same origin. */
    recheckOrigin?: number;
  },
): Promise<void> {
  const { added, counted, changed } = sortByChange(resolution);
  // Begun together, executed in this order.
  await allOrCause([
    insertIdentifiers(client, added, options.valueOf, options.limits),
    updateCounts(client, counted),
    updateIdentifiers(client, changed, options.limits),
    saveValues(client, changedValues(resolution, options.valueOf)),
    saveLinks(client, resolution.links),
    deleteInferredLinks(client, resolution.removedInferred),
    saveInferredLinks(client, resolution.addedInferred),
    insertRechecks(client, resolution.rechecks, options.recheckOrigin ?? null),
    insertMembershipChanges(client, resolution, options.origin),
    insertChangedMembers(client, changedMembers(resolution.identifiers, options.limits)),
    saveSummaries(client, resolution, options),
  ]);

  const records: OutboxRecord[] = [];
  for (const { reason, memberships } of resolution.memberships) {
    for (let start = 0; start < memberships.length; start += membershipsPerRecord) {
      const page = memberships.slice(start, start + membershipsPerRecord);
      records.push(membershipRecord(options.stream, page, resolution.cause, reason ?? options.reason));
    }
  }
  records.push(...options.touchpointRecords);
  await options.outbox.write(client, options.stream.shard, records);
}

/** A value is kept as long as something mentions the identifier: erasures end that, a new mention begins it. */
function changedValues(
  { identifiers }: Resolution,
  valueOf: ReadonlyMap<string, string>,
): { id: string; value: string; blocked: boolean }[] {
  return identifiers.flatMap(({ state: { id, firstSeenAt, blocked }, original }) => {
    if (original === null || (firstSeenAt === null) === (original.firstSeenAt === null)) return [];
    return [{ id, value: firstSeenAt === null ? '' : (valueOf.get(id) ?? ''), blocked }];
  });
}

function sortByChange({
  identifiers,
}: Resolution): Record<'added' | 'counted' | 'changed', IdentifierState[]> {
  const sorted = { added: [], counted: [], changed: [] } as ReturnType<typeof sortByChange>;
  for (const { state, original } of identifiers) {
    if (original === null) sorted.added.push(state);
    else if (isCountOnly(state, original)) sorted.counted.push(state);
    else sorted.changed.push(state);
  }
  return sorted;
}

/** After everything else that locks rows. Bounds wait a second, so that identifiers that leave one by one cost one reading. */
async function saveSummaries(
  client: PoolClient,
  resolution: Resolution,
  { limits, recheckOrigin = null }: { limits: ResolutionLimits; recheckOrigin?: number | null },
): Promise<void> {
  const changes = summaryChanges(resolution.identifiers, limits);
  const inDoubt = await saveAttachedSummaries(client, changes);
  const rechecks = inDoubt.map((identifier) => ({ identifier, kind: 'bounds' as const }));
  await insertRechecks(client, rechecks, recheckOrigin, boundsDelaySeconds);
}
