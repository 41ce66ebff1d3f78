/** What became of one touchpoint. What the figures made of it, metrics tells. */
import { AppError } from '@throughline/contracts';
import type { Pool } from 'pg';
import { z } from 'zod';
import { findConflicts } from '../db/find-conflicts.ts';
import { findDuplicates } from '../db/find-duplicates.ts';
import { findRejections } from '../db/find-rejections.ts';
import { findSources } from '../db/find-sources.ts';
import { findTracedTouchpoints, type TracedTouchpoint } from '../db/find-traced-touchpoints.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import type { HttpApp } from '@throughline/runtime';
import { freshnessSchema } from './freshness.ts';
import { problemAnswers, textParameter } from './parameters.ts';
import type { ProfileRoutes } from './profile-routes.ts';

const maxListed = 100;
/** Keys name sources, and nobody has that many keys. */
const maxSources = 1_000;

const rejectionSchema = z.object({
  rejectionId: z.string(),
  source: z.string(),
  receivedAt: z.string(),
  code: z.string(),
  field: z.string(),
  message: z.string(),
});

const acceptedSchema = z.object({
  state: z.literal('accepted'),
  id: z.string(),
  source: z.string(),
  key: z.string(),
  receivedAt: z.string(),
  requestId: z.string().describe('Of the request that brought the copy that stands; the log has it too.'),
  bodyHash: z.string(),
  belongsTo: z.object({
    identifier: z.object({ id: z.string(), type: z.string(), value: z.string() }),
    profile: z.string(),
  }),
  assignmentVersion: z.int().describe('0, or higher each time that it has moved to another identifier.'),
  counted: z.string().describe('Where metrics tells whether, and as what, it is counted.'),
  duplicates: z
    .object({ copies: z.int(), lastReceivedAt: z.string().nullable(), lastRequestId: z.string().nullable() })
    .describe('Copies with the same body that came later; the first stands.'),
  conflicts: z
    .array(z.object({ receivedAt: z.string(), bodyHash: z.string(), requestId: z.string() }))
    .describe(`Other bodies that came under this id, at most ${maxListed}; the first stands.`),
  rejections: z.array(rejectionSchema).describe(`Newest first, at most ${maxListed}.`),
  freshness: freshnessSchema,
});

const rejectedSchema = z.object({
  state: z.literal('rejected'),
  id: z.string(),
  rejections: z.array(rejectionSchema),
  freshness: freshnessSchema,
});

export function addTraceRoutes(app: HttpApp, { pool, ids, freshness, canRead }: ProfileRoutes): void {
  app.get(
    '/v1/touchpoints/:id',
    {
      onRequest: canRead,
      schema: {
        tags: ['touchpoints'],
        summary: 'What became of a touchpoint',
        description:
          'An id is unique within its source. Without `source`, an id that several sources use is answered 409 with the candidates.',
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({ source: textParameter(100).exactOptional() }),
        response: { 200: z.discriminatedUnion('state', [acceptedSchema, rejectedSchema]), ...problemAnswers },
      },
    },
    async ({ params: { id }, query }) => {
      const source = query.source ?? null;
      const measured = await freshness.read();
      const notFound = new AppError('touchpoint_not_found', 'it was not received, or is still pending', {
        freshness: measured,
      });
      if (id.includes('\u0000')) throw notFound;
      const found = await findAccepted(pool, ids, id, source);
      const rejections = await findRejections(pool, id, found?.source ?? source, maxListed);
      if (found === null) {
        if (rejections.length === 0) throw notFound;
        return { state: 'rejected' as const, id, rejections, freshness: measured };
      }
      const { identifier, profile, ...touchpoint } = found;
      return {
        state: 'accepted' as const,
        id,
        ...touchpoint,
        belongsTo: { identifier, profile },
        counted: `/v1/metrics/touchpoints/${found.key}`,
        duplicates: await findDuplicates(pool, found.key),
        conflicts: await findConflicts(pool, found.key, maxListed),
        rejections,
        freshness: measured,
      };
    },
  );
}

/** @throws AppError ambiguous_touchpoint, which names the sources */
async function findAccepted(
  pool: Pool,
  ids: IdentifierIds,
  id: string,
  source: string | null,
): Promise<TracedTouchpoint | null> {
  const sources = source === null ? await findSources(pool, maxSources) : [source];
  const found = await findTracedTouchpoints(
    pool,
    sources.map((name) => ids.touchpointKey(name, id)),
  );
  if (found.length > 1) {
    throw new AppError('ambiguous_touchpoint', 'name the source too', {
      field: 'source',
      expected: 'one of the candidates',
      candidates: found.map((one) => ({ source: one.source, key: one.key, receivedAt: one.receivedAt })),
    });
  }
  return found[0] ?? null;
}
