/** The touchpoints of a profile, newest first. */
import { AppError } from '@throughline/contracts';
import { type HttpApp, problemAnswers } from '@throughline/runtime';
import { z } from 'zod';
import { findTimelineMembers, maxTimelineAttached } from '../db/find-timeline-members.ts';
import { decodeCursor, encodeCursor, positionAfter } from './page-cursor.ts';
import {
  cursorParameter,
  instantParameter,
  limitParameter,
  parseLimit,
  textParameter,
  toInstant,
} from './parameters.ts';
import type { ProfileRoutes } from './profile-routes.ts';
import { maxRowsScanned, readTimeline } from './read-timeline.ts';
import { identifierOfReference, profileNotFound, refParameter } from './reference.ts';

const earliest = '0001-01-01T00:00:00.000Z';
const latest = '9999-12-31T23:59:59.999Z';

const querySchema = z.strictObject({
  limit: limitParameter.exactOptional(),
  cursor: cursorParameter.exactOptional(),
  from: instantParameter.exactOptional(),
  to: instantParameter.exactOptional(),
  name: textParameter(200)
    .meta({ examples: ['Order Completed'] })
    .exactOptional(),
  channel: textParameter(50)
    .meta({ examples: ['web'] })
    .exactOptional(),
});

const timelineSchema = z.object({
  items: z.array(
    z.looseObject({
      id: z.string(),
      source: z.string(),
      type: z.string(),
      name: z.string().nullable(),
      occurredAt: z.string(),
      receivedAt: z.string(),
      identifiers: z.array(
        z.object({
          type: z.string(),
          value: z.string(),
          original: z.string().exactOptional().describe('As it was sent, where that differs.'),
        }),
      ),
      key: z.string().describe('Names the touchpoint among those of all sources.'),
      trust: z.string().describe('The trust of its key: `server` or `public`.'),
    }),
  ),
  nextCursor: z.string().nullable(),
  identifiersTruncated: z
    .boolean()
    .describe(
      `True when more than ${maxTimelineAttached} attached identifiers have touchpoints before the end of this page: those that began last are read.`,
    ),
});

export function addTimelineRoutes(
  app: HttpApp,
  { pool, ids, canRead }: Omit<ProfileRoutes, 'freshness'>,
): void {
  app.get(
    '/v1/profiles/:ref/touchpoints',
    {
      onRequest: canRead,
      schema: {
        tags: ['profiles'],
        operationId: 'listTouchpoints',
        summary: 'The touchpoints of a profile, newest first',
        description: `Needs a read key. A page ends at its limit or after ${maxRowsScanned} rows: there is more as long as nextCursor is set.`,
        params: z.object({ ref: refParameter }),
        querystring: querySchema,
        response: {
          200: timelineSchema,
          ...problemAnswers('invalid_parameter', 'profile_not_found'),
        },
      },
    },
    async ({ params, query }) => {
      const identifier = identifierOfReference(params.ref, ids, 'ref');
      const span = parseSpan(query);
      const last = positionAfter(span.to);
      const cursor = query.cursor === undefined ? last : decodeCursor(query.cursor);
      const before = cursor.at > last.at ? last : cursor;
      const found = await findTimelineMembers(pool, identifier, { from: span.from, to: before.at });
      if (found === null) throw profileNotFound('ref');
      const filter = { from: span.from, name: query.name ?? null, channel: query.channel ?? null };
      const page = await readTimeline({ pool, ids }, found.members, before, filter, parseLimit(query.limit));
      return {
        items: page.items as z.infer<typeof timelineSchema>['items'],
        nextCursor: page.next === null ? null : encodeCursor(page.next),
        identifiersTruncated: found.truncated,
      };
    },
  );
}

function parseSpan({ from, to }: z.infer<typeof querySchema>): { from: string; to: string } {
  const span = {
    from: (from === undefined ? null : toInstant(from, 'up')) ?? earliest,
    to: (to === undefined ? null : toInstant(to, 'down')) ?? latest,
  };
  if (span.from > span.to) {
    throw new AppError('invalid_parameter', '`from` is after `to`', {
      field: 'from',
      expected: 'an instant not after `to`',
    });
  }
  return span;
}
