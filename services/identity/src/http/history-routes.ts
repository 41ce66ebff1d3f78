/** How a profile came about: who joined and left, and which touchpoint or decision it was for. */
import { type HttpApp, problemAnswers, readCursor, writeCursor } from '@throughline/runtime';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { findHistory, type HistoryEntry, type HistoryPosition } from '../db/find-history.ts';
import { findHistoryReasons, type HistoryReasons } from '../db/find-history-reasons.ts';
import { findIdentifiers, type FoundIdentifier } from '../db/find-identifiers.ts';
import { findHolder } from '../db/find-profile-roots.ts';
import { inSnapshot } from '../db/in-snapshot.ts';
import { nameIdentifier, namedIdentifierSchema } from './named-identifier.ts';
import { cursorParameter, limitParameter, parseLimit } from './parameters.ts';
import type { ProfileRoutes } from './profile-routes.ts';
import { identifierOfReference, profileNotFound, refParameter, uuidPattern } from './reference.ts';

const entrySchema = z.object({
  at: z.string().describe('When it was decided, not when the customer acted.'),
  change: z
    .enum(['joined', 'parted', 'moved', 'renamed', 'attached', 'detached', 'decided', 'withdrawn'])
    .describe(
      'Of person identifiers: joined, parted, moved from one profile to another, renamed (the profile has another founder). Of ' +
        'devices and transactions: attached, moved, detached. Of decisions: decided, withdrawn.',
    ),
  cause: z
    .enum(['merge', 'split', 'withdrawal', 'shared_identifier', 'erasure'])
    .nullable()
    .describe('merge: evidence or a decision joins. Null of an entry of a decision.'),
  identifier: namedIdentifierSchema.nullable().describe('What changed; null of an entry of a decision.'),
  from: namedIdentifierSchema
    .nullable()
    .describe('The founder of the profile, or what it was attached to; null when it was new.'),
  to: namedIdentifierSchema.nullable(),
  touchpoint: z
    .object({ source: z.string(), id: z.string(), name: z.string().nullable(), occurredAt: z.string() })
    .nullable()
    .describe('The touchpoint that brought it about.'),
  decision: z.object({ id: z.string(), kind: z.enum(['merge', 'split']), note: z.string() }).nullable(),
  shared: namedIdentifierSchema
    .nullable()
    .describe('The identifier that became shared, and so linked nothing from then on.'),
});
type EntryAnswer = z.infer<typeof entrySchema>;

/** After every entry. */
export const latestHistory: HistoryPosition = {
  version: '9223372036854775807',
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
};

export function addHistoryRoutes(
  app: HttpApp,
  { pool, ids, canRead }: Omit<ProfileRoutes, 'freshness'>,
): void {
  app.get(
    '/v1/profiles/:ref/history',
    {
      onRequest: canRead,
      schema: {
        tags: ['profiles'],
        operationId: 'listHistory',
        summary: 'How the profile came about, newest first',
        description:
          'Needs a read key. From records that are written together with each change: joins, splits, attachments and decisions.',
        params: z.object({ ref: refParameter }),
        querystring: z.strictObject({
          limit: limitParameter.exactOptional(),
          cursor: cursorParameter.exactOptional(),
        }),
        response: {
          200: z.object({
            profile: z.string(),
            items: z.array(entrySchema),
            nextCursor: z.string().nullable(),
          }),
          ...problemAnswers('invalid_parameter', 'profile_not_found'),
        },
      },
    },
    async ({ params, query }) => {
      const identifier = identifierOfReference(params.ref, ids, 'ref');
      const limit = parseLimit(query.limit);
      const before = query.cursor === undefined ? latestHistory : decodeHistoryCursor(query.cursor);
      const opening = (client: PoolClient) => findHolder(client, identifier);
      return await inSnapshot(
        pool,
        async (client, holder) => {
          if (holder === null) throw profileNotFound('ref');
          const { profile } = holder;
          const roots = holder.roots.map(({ id }) => id);
          const found = await findHistory(client, roots, before, limit + 1);
          const items = found.slice(0, limit);
          const last = found.length > limit ? items.at(-1) : undefined;
          return {
            profile,
            items: await nameEntries(client, items),
            nextCursor: last === undefined ? null : writeCursor(last.version, last.id),
          };
        },
        { opening },
      );
    },
  );
}

export async function nameEntries(
  client: PoolClient,
  entries: readonly HistoryEntry[],
): Promise<EntryAnswer[]> {
  const mentioned = entries.flatMap((entry) =>
    entry.kind === 'decision'
      ? []
      : [entry.id, entry.holder, entry.former, entry.reason].filter((id) => id !== null),
  );
  const names = await findIdentifiers(client, mentioned);
  const reasons = await findHistoryReasons(
    client,
    entries.flatMap((entry) => (entry.kind === 'decision' ? entry.id : (entry.reason ?? []))),
  );
  return entries.map((entry) => nameEntry(entry, names, reasons));
}

function nameEntry(
  entry: HistoryEntry,
  names: ReadonlyMap<string, FoundIdentifier>,
  { touchpoints, decisions }: HistoryReasons,
): EntryAnswer {
  const { at, change } = entry;
  if (entry.kind === 'decision') {
    const decision = decisions.get(entry.id) ?? null;
    return {
      at,
      change,
      cause: null,
      identifier: null,
      from: null,
      to: null,
      touchpoint: null,
      decision,
      shared: null,
    };
  }
  const nameOf = (id: string | null) => {
    const found = id === null ? undefined : names.get(id);
    return found === undefined ? null : nameIdentifier(found);
  };
  return {
    at,
    change,
    cause: entry.cause as EntryAnswer['cause'],
    identifier: nameOf(entry.id),
    from: nameOf(entry.former),
    to: nameOf(entry.holder),
    touchpoint: touchpoints.get(entry.reason ?? '') ?? null,
    decision: decisions.get(entry.reason ?? '') ?? null,
    shared: nameOf(entry.reason),
  };
}

/** @throws AppError invalid_parameter for what this route cannot have made */
function decodeHistoryCursor(cursor: string): HistoryPosition {
  return readCursor(cursor, ([version = '', id = '', ...rest]) =>
    /^\d{1,18}$/.test(version) && uuidPattern.test(id) && rest.length === 0
      ? { version, id: id.toLowerCase() }
      : null,
  );
}
