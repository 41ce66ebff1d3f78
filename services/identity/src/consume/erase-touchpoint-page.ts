/** A page of the touchpoints under one identifier, judged by the erasures that concern them. */
import { type Remainder, remainderOf } from '../core/erasure.ts';
import { orderedPair } from '../core/evidence.ts';
import { type DroppedTouchpoint, type KeptMention, keptMentions } from '../core/kept-mention.ts';
import type { JudgedIdentifier, MentionedIdentifier } from '../core/mentions.ts';
import { resolve } from '../core/resolve.ts';
import { RetryTransaction } from '@throughline/postgres';
import { eraseTouchpoints, rewriteRecords, strikeTouchpoints } from '../db/erase-touchpoints.ts';
import { type LostEvidence, saveLostEvidence } from '../db/erasure-evidence.ts';
import { saveErasureMentions } from '../db/erasure-mentions.ts';
import {
  advanceTimeline,
  type ErasableRow,
  type ErasureTimeline,
  loadErasableRows,
} from '../db/erasure-timelines.ts';
import { readAccepted } from '../db/find-accepted-touchpoints.ts';
import { loadErasures } from '../db/load-erasures.ts';
import { loadIdentifierTypes } from '../db/load-identifier-types.ts';
import { reassignTouchpoints } from '../db/reassign-touchpoints.ts';
import { forgetNotesOfTouchpoints } from '../db/rules/forget-notes.ts';
import { cursorAfter, insertRechecks } from '../db/rechecks.ts';
import { deleteTraitsOf, saveTraits } from '../db/save-traits.ts';
import { clockMicroseconds } from './clock.ts';
import { type DecodedTouchpoint, decodeTouchpoint } from './decode-touchpoint.ts';
import { decodeRedacted } from './honour-erasures.ts';
import { createJudge, formerNames } from './judge-identifiers.ts';
import { erasedRecord, touchpointRecord } from './resolved-record.ts';
import { lastTraits } from './trait-writes.ts';
import { erasureShard, type ErasureWork, remainsWith, saveErased } from './erasure-work.ts';
import { withBounds } from './work-off-rechecks.ts';

/** Rows that are looked at, and touchpoints that are decided at once. */
const scanSize = 1_000;
const pageSize = 100;

interface Judged {
  row: ErasableRow;
  /** As it is stored until now. */
  stored: DecodedTouchpoint;
  remainder: Remainder;
  /** With what remains; null when it is dropped. */
  struck: DecodedTouchpoint | null;
  lost: LostEvidence[];
  /** What it still counts for, if it is dropped. */
  kept: DroppedTouchpoint | null;
}

export async function eraseTouchpointPage(
  work: ErasureWork,
  timeline: ErasureTimeline,
): Promise<{ found: number; removed: Record<string, number> }> {
  const { client, reader, job } = work;
  // The lock first: a batch that is adding touchpoints under the identifier must be done before they are read.
  await reader.lock([timeline.identifier]);
  const scanned = await loadErasableRows(client, job.id, timeline, scanSize);
  const naming = scanned.filter(({ namesExtent }) => namesExtent);
  const rows = naming.slice(0, pageSize);
  const isCut = naming.length > rows.length;
  const judged = await judge(work, rows);
  if (judged.length > 0) await save(work, timeline.identifier, judged);
  const last = isCut ? rows.at(-1) : scanned.at(-1);
  const isLast = !isCut && scanned.length < scanSize;
  const next = isLast || last === undefined ? null : cursorAfter(last);
  await advanceTimeline(client, job.id, timeline.identifier, next);
  const dropped = judged.filter(({ struck }) => struck === null).length;
  return {
    found: judged.length,
    removed: { touchpointsDropped: dropped, touchpointsStruck: judged.length - dropped },
  };
}

/** Those that lose something. */
async function judge({ context, client }: ErasureWork, rows: readonly ErasableRow[]): Promise<Judged[]> {
  const read = await readAccepted(client, rows);
  const storedIds = rows.flatMap(({ identifiers, counted }) => counted ?? identifiers);
  const formerIds = read.flatMap(({ accepted }) => formerNames(context, accepted).map(({ id }) => id));
  const loaded = await loadErasures(client, [...new Set([...storedIds, ...formerIds])]);
  if (loaded === null) return [];
  const types = await loadIdentifierTypes(client, [...new Set(storedIds)]);
  return read.flatMap(({ row, accepted }): Judged[] => {
    const stored = decodeTouchpoint({ text: '', accepted }, context.ids, context.rules.current);
    const { trust, occurredAt, receivedAt, identifiers } = stored.incoming;
    const there = new Set(row.identifiers);
    const struckBefore = (row.counted ?? []).flatMap((id): JudgedIdentifier[] => {
      const found = there.has(id) ? undefined : types.get(id);
      // Struck out before: it was not blocked, and its number is gone.
      return found === undefined
        ? []
        : [{ ...found, blocked: false, blockedThen: false, verified: false, guessable: false }];
    });
    const namedBy = createJudge(context, accepted);
    const erasable = { trust, occurredAt, receivedAt, struck: struckBefore, namedBy };
    const remainder = remainderOf(erasable, loaded.erasures);
    if (remainder === null) return [];
    const { places, mentioned, erasedAt } = remainder;
    const struck = places.length === 0 ? null : decodeRedacted(context, accepted, new Set(places));
    const keeps = new Set((struck?.incoming.identifiers ?? mentioned).map(({ id }) => id));
    const lost = lostEvidence(identifiers, keeps);
    const kept = erasedAt === null ? null : { ...stored.incoming, mentioned, erasedAt };
    return [{ row, stored, remainder, struck, lost, kept }];
  });
}

/** Every link of the touchpoint, and the identifiers that it mentions no more. */
function lostEvidence(
  identifiers: readonly MentionedIdentifier[],
  keeps: ReadonlySet<string>,
): LostEvidence[] {
  const lost: LostEvidence[] = identifiers.flatMap(({ id }) =>
    keeps.has(id) ? [] : [{ weaker: id, stronger: id }],
  );
  for (const [index, one] of identifiers.entries()) {
    for (const other of identifiers.slice(index + 1)) {
      if (one.blocked || other.blocked) continue;
      const { weaker, stronger } = orderedPair(one, other);
      lost.push({ weaker: weaker.id, stronger: stronger.id });
    }
  }
  return lost;
}

async function save(work: ErasureWork, identifier: string, judged: readonly Judged[]): Promise<void> {
  const { context, client, reader, job } = work;
  const dropped = judged.filter(({ struck }) => struck === null);
  const struck = judged.flatMap((one) => (one.struck === null ? [] : [{ ...one, struck: one.struck }]));
  await keepMentions(work, judged);
  await rewriteStored(client, judged);
  const storedOf = ({ row, stored }: Judged, identifiers: readonly MentionedIdentifier[]) => ({
    key: row.key,
    trust: stored.incoming.trust,
    occurredAt: row.occurredAt,
    identifiers,
    primary: identifier,
    assignmentVersion: row.assignmentVersion,
  });
  const resolution = await reader.run(
    resolve(
      {
        clock: clockMicroseconds(),
        touchpoints: [],
        stored: struck.map((one) => storedOf(one, one.struck.incoming.identifiers)),
        revisit: [],
        remains: remainsWith({
          dropped: dropped.map((one) => storedOf(one, [])),
          erased: judged.map(({ stored, remainder: { taken } }) => ({
            ...stored.incoming,
            identifiers: [],
            taken,
          })),
        }),
      },
      context.rules.current.limits,
    ),
  );
  await reassignTouchpoints(client, resolution.assignments);
  await saveErased(work, await withBounds(client, resolution, identifier, dropped.length > 0));
  await saveLostEvidence(
    client,
    job.id,
    judged.flatMap(({ lost }) => lost),
  );
  await rewriteTraits(
    work,
    identifier,
    judged,
    new Map(resolution.assignments.map((one) => [one.key, one.primary])),
  );
  const stream = { shard: erasureShard, partitions: context.resolvedPartitions, traffic: 'bulk' as const };
  const byKey = new Map(struck.map((one) => [one.row.key, one.struck]));
  const records = resolution.assignments.flatMap((assignment) => {
    const one = byKey.get(assignment.key);
    return one === undefined ? [] : [touchpointRecord(context, stream, one.accepted, assignment, 'erasure')];
  });
  if (dropped.length > 0) {
    const touchpoints = dropped.map(({ row }) => row.key);
    records.push(erasedRecord(stream, { erasure: job.id, at: job.at, touchpoints, identifiers: [] }));
  }
  await context.outbox.write(client, erasureShard, records);
}

async function rewriteStored(client: ErasureWork['client'], judged: readonly Judged[]): Promise<void> {
  const dropped = judged.filter(({ struck }) => struck === null);
  await rewriteRecords(
    client,
    judged.map(({ row: { block, place }, struck: rest }) => ({ block, place, text: rest?.text ?? '' })),
  );
  await eraseTouchpoints(
    client,
    dropped.map(({ row }) => row.key),
  );
  await forgetNotesOfTouchpoints(
    client,
    dropped.map(({ stored }) => stored.incoming),
  );
  await strikeTouchpoints(
    client,
    judged.flatMap(({ row: { key }, remainder, struck }) => {
      if (struck === null) return [];
      const identifiers = struck.incoming.identifiers.map(({ id }) => id);
      const counted = [...remainder.struck.map(({ id }) => id), ...identifiers];
      return [{ key, identifiers, counted, hasTraits: struck.statements.length > 0 }];
    }),
  );
}

/**
 * With the identifiers locked: an erasure that takes one of them, and was written down after these touchpoints were judged, either
 * waits for what is kept here, or is seen here.
 */
async function keepMentions({ client, reader }: ErasureWork, judged: readonly Judged[]): Promise<void> {
  const kept = keptMentions(judged.flatMap((one) => one.kept ?? []));
  if (kept.length === 0) return;
  const ids = [...new Set(kept.map(({ id }) => id))];
  await reader.lock(ids);
  const taking = (await loadErasures(client, ids))?.erasures ?? [];
  const isTaken = ({ id, blocked, erasedAt }: KeptMention): boolean =>
    !blocked && taking.some(({ at, extent }) => at > erasedAt && extent.has(id));
  if (kept.some(isTaken)) throw new RetryTransaction('an erasure was requested that takes what is kept here');
  await saveErasureMentions(client, kept);
}

/** What the touchpoints have said is taken back, and what they say without what was struck out is said again. */
async function rewriteTraits(
  { context, client }: ErasureWork,
  identifier: string,
  judged: readonly Judged[],
  movedTo: ReadonlyMap<string, string>,
): Promise<void> {
  const stating = judged.filter(({ stored }) => stored.statements.length > 0);
  if (stating.length === 0) return;
  await deleteTraitsOf(
    client,
    identifier,
    stating.map(({ stored: { incoming } }) => ({ source: incoming.source, touchpointId: incoming.id })),
  );
  const sources = stating.flatMap(({ struck }) => {
    if (struck === null) return [];
    const { key, trust, occurredAt: at, source, id: touchpointId } = struck.incoming;
    const holder = movedTo.get(key) ?? identifier;
    return [{ identifier: holder, trust, at, source, touchpointId, statements: struck.statements }];
  });
  await saveTraits(client, lastTraits(context.ids, sources));
  await insertRechecks(client, [{ identifier, kind: 'traits' }], null);
}
