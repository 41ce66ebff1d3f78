/**
 * All that is held about a person, part by part and page by page, so that memory does not grow with what there is. The members
 * of the profile are those of the moment at which their page is read: a profile that changes meanwhile is exported in part as it was.
 */
import type { Pool } from 'pg';
import type { AskCounted } from '../ask-metrics.ts';
import { findCopies } from '../db/find-copies.ts';
import { findExportedDecisions } from '../db/find-exported-decisions.ts';
import { findExportedIdentifiers } from '../db/find-exported-identifiers.ts';
import { findExportedTraits, type TraitPosition } from '../db/find-exported-traits.ts';
import { findHistory, type HistoryPosition } from '../db/find-history.ts';
import { findLinkPositions, type LinkPosition } from '../db/find-link-positions.ts';
import { findLinks } from '../db/find-links.ts';
import { findNextMembers, type Member, zeroId } from '../db/find-members.ts';
import { findHolder, type FoundRoot } from '../db/find-profile-roots.ts';
import { findProfiles, profileLimits } from '../db/find-profiles.ts';
import { findRejectionsOfTouchpoints } from '../db/find-rejections.ts';
import { inSnapshot } from '../db/in-snapshot.ts';
import { loadTouchpointsUnder, type StoredTouchpointRow } from '../db/reassign-touchpoints.ts';
import { cursorAfter, type RecheckCursor } from '../db/rechecks.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import { nameParties } from './decision-routes.ts';
import type { ExportPart } from './export-document.ts';
import { latestHistory, nameEntries } from './history-routes.ts';
import { toLinkItem } from './link-routes.ts';

export interface ExportSources {
  pool: Pool;
  ids: IdentifierIds;
  askCounted: AskCounted;
}

const pageSize = 100;

export interface ExportedProfile {
  id: string;
  roots: FoundRoot[];
}

/** Null when no profile holds the identifier. */
export async function findExportedProfile(pool: Pool, identifier: string): Promise<ExportedProfile | null> {
  return await inSnapshot(pool, async (client) => {
    const holder = await findHolder(client, identifier);
    return holder === null ? null : { id: holder.profile, roots: holder.roots };
  });
}

export async function* readExport(
  sources: ExportSources,
  profile: ExportedProfile,
): AsyncGenerator<ExportPart> {
  const { pool } = sources;
  const found = (await findProfiles(pool, [profile.id], profileLimits)).get(profile.id);
  yield { kind: 'profile', value: found ?? { id: profile.id } };
  yield { kind: 'identifiers', items: [] };
  for await (const members of readMembers(pool, profile.roots)) {
    yield { kind: 'identifiers', items: await findExportedIdentifiers(pool, members) };
  }
  yield { kind: 'traits', items: [] };
  for await (const members of readMembers(pool, profile.roots)) yield* readTraits(pool, members);
  yield { kind: 'links', items: [] };
  yield* readLinkPages(pool, profile);
  yield { kind: 'history', items: [] };
  yield* readHistory(pool, profile.roots);
  yield { kind: 'decisions', items: [] };
  for await (const members of readMembers(pool, profile.roots)) yield* readDecisions(pool, members);
  yield { kind: 'touchpoints', items: [] };
  let unavailable: string | null = null;
  for await (const members of readMembers(pool, profile.roots)) {
    for (const member of members) {
      for await (const rows of readTouchpoints(pool, member)) {
        const { items, message } = await describeTouchpoints(sources, rows);
        unavailable ??= message;
        yield { kind: 'touchpoints', items };
      }
    }
  }
  yield {
    kind: 'figures',
    value: unavailable === null ? { state: 'answered' } : { state: 'unavailable', message: unavailable },
  };
}

async function* readMembers(pool: Pool, roots: readonly FoundRoot[]): AsyncGenerator<string[]> {
  let last: Member | undefined;
  for (;;) {
    const position = last === undefined ? null : { root: last.root, member: last.id };
    const found = await inSnapshot(pool, (client) => findNextMembers(client, roots, position, pageSize + 1));
    // The member of the position comes first again.
    const members = position === null ? found : found.slice(1);
    if (members.length > 0) yield members.map(({ id }) => id);
    if (found.length <= pageSize) return;
    last = members.at(-1);
  }
}

async function* readTraits(pool: Pool, members: readonly string[]): AsyncGenerator<ExportPart> {
  for (let after: TraitPosition | null = null; ;) {
    const items = await findExportedTraits(pool, members, after, pageSize);
    if (items.length > 0) yield { kind: 'traits', items };
    after = items.at(-1) ?? null;
    if (items.length < pageSize || after === null) return;
  }
}

async function* readLinkPages(pool: Pool, profile: ExportedProfile): AsyncGenerator<ExportPart> {
  let position: LinkPosition | null = null;
  do {
    const after: LinkPosition | null = position;
    const { links, next } = await inSnapshot(pool, async (client) => {
      const page = await findLinkPositions(client, profile, after, pageSize);
      return { links: await findLinks(client, page.links), next: page.next };
    });
    if (links.length > 0) yield { kind: 'links', items: links.map((link) => toLinkItem(link, new Map())) };
    position = next;
  } while (position !== null);
}

async function* readHistory(pool: Pool, roots: readonly FoundRoot[]): AsyncGenerator<ExportPart> {
  const ids = roots.map(({ id }) => id);
  for (let before: HistoryPosition = latestHistory; ;) {
    const page = await inSnapshot(pool, async (client) => {
      const entries = await findHistory(client, ids, before, pageSize);
      return { entries, items: await nameEntries(client, entries) };
    });
    if (page.items.length > 0) yield { kind: 'history', items: page.items };
    const last = page.entries.at(-1);
    if (page.entries.length < pageSize || last === undefined) return;
    before = { version: last.version, id: last.id };
  }
}

async function* readDecisions(pool: Pool, members: readonly string[]): AsyncGenerator<ExportPart> {
  for (let after = zeroId; ;) {
    const found = await findExportedDecisions(pool, members, after, pageSize);
    if (found.length > 0) yield { kind: 'decisions', items: await nameParties(pool, found) };
    const last = found.at(-1);
    if (found.length < pageSize || last === undefined) return;
    after = last.id;
  }
}

async function* readTouchpoints(pool: Pool, member: string): AsyncGenerator<StoredTouchpointRow[]> {
  for (let cursor: RecheckCursor | null = null; ;) {
    const rows = await loadTouchpointsUnder(pool, member, cursor, pageSize);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (rows.length < pageSize || last === undefined) return;
    cursor = cursorAfter(last);
  }
}

/** With what else came under their ids, rejected or not, and what metrics counts of them. */
async function describeTouchpoints(
  { pool, ids, askCounted }: ExportSources,
  rows: readonly StoredTouchpointRow[],
): Promise<{ items: object[]; message: string | null }> {
  const keys = rows.map(({ key }) => key);
  const copies = await findCopies(pool, keys);
  const counted = await askCounted(keys);
  const rejections = Map.groupBy(
    await findRejectionsOfTouchpoints(
      pool,
      rows.map(({ accepted: { touchpoint } }) => touchpoint),
    ),
    ({ id, source }) => JSON.stringify([id, source]),
  );
  const items = rows.map(({ key, accepted }) => {
    const { touchpoint, trust, requestId, bodyHash, verifiedIdentifiers = [] } = accepted;
    const { duplicates = 0, conflicts = [] } = copies.get(key) ?? {};
    return {
      touchpoint: { ...touchpoint, key, trust },
      verifiedIdentifiers,
      requestId,
      bodyHash,
      duplicates,
      conflicts: conflicts.map((conflict) => ({
        rejectionId: ids.conflictId(touchpoint.source, touchpoint.id, conflict.bodyHash),
        ...conflict,
      })),
      rejections: rejections.get(JSON.stringify([touchpoint.id, touchpoint.source])) ?? [],
      counted: counted.state === 'answered' ? (counted.touchpoints[key] ?? null) : null,
    };
  });
  return { items, message: counted.state === 'answered' ? null : counted.message };
}
