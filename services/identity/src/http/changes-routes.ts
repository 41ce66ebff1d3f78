/** The change feed for those who do not read the log: profiles in the order in which they changed, by a cursor. */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, profileStateSchema } from '@throughline/contracts';
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import { type FeedChanges, findFeedChanges } from '../db/find-feed-changes.ts';
import { findFeedHead } from '../db/profile-feed.ts';
import { type FeedCursor, readFeedCursor, requireUnexpired, writeFeedCursor } from './feed-cursor.ts';
import { cursorParameter, limitParameter, parseLimit } from './parameters.ts';

export interface ChangesRoutes {
  pool: Pool;
  canRead: RequestHook;
}

const longestWaitSeconds = 20;
const pollMs = 200;
/** Requests that wait at once: each asks for one row several times a second. */
const maxWaiting = 100;

const waitExpectation = `whole seconds from 0 to ${longestWaitSeconds}`;

const waitParameter = z
  .string()
  .refine((value) => /^\d{1,2}$/.test(value) && Number(value) <= longestWaitSeconds, {
    error: `expected ${waitExpectation}`,
    params: { expected: waitExpectation },
  })
  .meta({
    description: `How long to wait for a change where there is none yet: ${waitExpectation}. Default 0.`,
    examples: ['20'],
  });

const changesSchema = z.object({
  items: z.array(profileStateSchema),
  nextCursor: z.string().describe('For the next request, whether or not there was anything.'),
  caughtUp: z.boolean().describe('There was nothing more when this was read: the next request may wait.'),
});

export function addChangesRoutes(app: HttpApp, { pool, canRead }: ChangesRoutes): void {
  const waitForChange = createWaitForChange(app, pool);
  app.get(
    '/v1/profiles/changes',
    {
      onRequest: canRead,
      schema: {
        tags: ['profiles'],
        operationId: 'listProfileChanges',
        summary: 'Profiles in the order in which they changed',
        description:
          'Needs a read key. Without a cursor it begins with all profiles there are, each once, and continues with what changes. A ' +
          'change is of membership, traits, consents or answers, not of counts; several changes of a profile may come as one, and ' +
          'one may come twice. Profiles that were merged or are gone are named for 30 days; a cursor that is older is answered ' +
          '410 cursor_expired.',
        querystring: z.strictObject({
          cursor: cursorParameter.exactOptional(),
          limit: limitParameter.exactOptional(),
          wait: waitParameter.exactOptional(),
        }),
        response: {
          200: changesSchema,
          ...problemAnswers('invalid_parameter', 'cursor_expired', 'overloaded'),
        },
      },
    },
    async ({ query, raw }) => {
      const limit = parseLimit(query.limit);
      const given = query.cursor === undefined ? null : readFeedCursor(query.cursor);
      let found = await read(pool, given, limit);
      if (found.items.length === 0 && query.wait !== undefined) {
        const deadline = performance.now() + Number(query.wait) * 1_000;
        await waitForChange(found.cursor.position, deadline, () => raw.socket.destroyed);
        found = await read(pool, found.cursor, limit);
      }
      const { items, cursor } = found;
      return { items, nextCursor: writeFeedCursor(cursor), caughtUp: items.length < limit };
    },
  );
}

interface Page extends FeedChanges {
  /** Of the next page. */
  cursor: FeedCursor;
}

async function read(pool: Pool, given: FeedCursor | null, limit: number): Promise<Page> {
  const changes = await findFeedChanges(pool, given?.position ?? 0, limit);
  const cursor = given ?? { position: 0, began: changes.head.version };
  requireUnexpired(cursor, changes.head);
  const position = changes.items.at(-1)?.version ?? cursor.position;
  return { ...changes, cursor: { ...cursor, position } };
}

type WaitForChange = (after: number, deadline: number, isAbandoned: () => boolean) => Promise<void>;

/** Ends with a change, at the deadline, when the client has gone and when the service stops. */
function createWaitForChange(app: HttpApp, pool: Pool): WaitForChange {
  const stopping = new AbortController();
  app.addHook('preClose', (done) => {
    stopping.abort();
    done();
  });
  let waiting = 0;

  async function wait(after: number, deadline: number, isAbandoned: () => boolean): Promise<void> {
    while (!stopping.signal.aborted && !isAbandoned() && performance.now() < deadline) {
      await delay(pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if ((await findFeedHead(pool)).version > after) return;
    }
  }

  return async (after, deadline, isAbandoned) => {
    if (waiting >= maxWaiting) throw new AppError('overloaded', 'too many requests wait for changes');
    waiting += 1;
    try {
      await wait(after, deadline, isAbandoned);
    } finally {
      waiting -= 1;
    }
  };
}
