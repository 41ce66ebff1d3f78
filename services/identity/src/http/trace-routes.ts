/** What became of one touchpoint, from its receipt to the figures, of which metrics is asked. */
import { AppError } from '@throughline/contracts';
import { type DeadLetter, findDeadLettersOfTouchpoint } from '@throughline/event-log';
import { type HttpApp, type Principal, problemAnswers } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import { findAmbiguousTransactions } from '../db/find-ambiguous-transactions.ts';
import { findConflicts } from '../db/find-conflicts.ts';
import { findErasedKeys } from '../db/find-erased-keys.ts';
import { findDuplicates } from '../db/find-duplicates.ts';
import { findRejections } from '../db/find-rejections.ts';
import { findSources } from '../db/find-sources.ts';
import { findTracedTouchpoints, type TracedTouchpoint } from '../db/find-traced-touchpoints.ts';
import type { AskCounted } from '../ask-metrics.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import type { Freshness } from './freshness.ts';
import { nameIdentifier } from './named-identifier.ts';
import { textParameter } from './parameters.ts';
import type { ProfileRoutes } from './profile-routes.ts';
import {
  acceptedTraceSchema,
  erasedTraceSchema,
  maxTraced,
  rejectedTraceSchema,
  setAsideTraceSchema,
  type TracedDeadLetter,
} from './trace-schema.ts';

/** Keys name sources, so there are as many as keys. */
const maxSources = 1_000;

export interface TraceRoutes extends ProfileRoutes {
  /** Rejected items that are not in yet. */
  countPendingRejections: () => Promise<number>;
  askCounted: AskCounted;
}

type AcceptedTrace = z.infer<typeof acceptedTraceSchema>;
type Trace =
  | AcceptedTrace
  | z.infer<typeof erasedTraceSchema>
  | z.infer<typeof rejectedTraceSchema>
  | z.infer<typeof setAsideTraceSchema>;

export function addTraceRoutes(app: HttpApp, parts: TraceRoutes): void {
  app.get(
    '/v1/touchpoints/:id',
    {
      onRequest: parts.canRead,
      schema: {
        tags: ['touchpoints'],
        operationId: 'traceTouchpoint',
        summary: 'What became of a touchpoint',
        description:
          'Needs a read key, or a server key for what its own source has sent. An id is unique within its source. Without `source`, an id that several sources use is answered 409 with the candidates.',
        params: z.object({
          id: z
            .string()
            .meta({ description: 'As the client sent it, URL-encoded.', examples: ['order-1001'] }),
        }),
        querystring: z.strictObject({
          source: textParameter(100)
            .meta({ examples: ['server'] })
            .exactOptional(),
        }),
        response: {
          200: z.discriminatedUnion('state', [
            acceptedTraceSchema,
            erasedTraceSchema,
            rejectedTraceSchema,
            setAsideTraceSchema,
          ]),
          ...problemAnswers('invalid_parameter', 'touchpoint_not_found', 'ambiguous_touchpoint'),
        },
      },
    },
    ({ params, query, principal }) => readTrace(parts, params.id, sourceFor(principal, query.source ?? null)),
  );
}

/** What was asked for; of a server key its own source. @throws AppError forbidden where it asks for another */
function sourceFor(
  principal: Pick<Principal, 'kind' | 'source'> | null,
  asked: string | null,
): string | null {
  if (principal?.kind !== 'server') return asked;
  if (asked === null || asked === principal.source) return principal.source;
  throw new AppError('forbidden', 'a server key is answered about touchpoints of its own source only');
}

/** @throws AppError touchpoint_not_found with the freshness, ambiguous_touchpoint with the sources */
async function readTrace(parts: TraceRoutes, id: string, source: string | null): Promise<Trace> {
  const { pool, ids } = parts;
  // Both before the rest is read: with nothing pending, everything that was answered before this request is there.
  const freshness = await parts.freshness.read();
  const pendingRejections = await parts.countPendingRejections().catch(() => null);
  const found = await findAccepted(pool, ids, id, source);
  const of = found?.source ?? source;
  // Nothing that is stored as text has U+0000.
  const rejections = id.includes('\u0000') ? [] : await findRejections(pool, id, of, maxTraced);
  const letters = await findDeadLettersOfTouchpoint(pool, {
    schema: 'identity',
    id,
    source: of ?? undefined,
    limit: maxTraced,
  });
  const deadLetters = letters.map(toTraced);
  if (found !== null) {
    const countedAs = await describeCounted(parts.askCounted, found.key);
    return {
      ...(await describeAccepted(pool, ids, id, found)),
      countedAs,
      rejections,
      deadLetters,
      freshness,
    };
  }
  const [key] = await findErasedKeys(pool, await keysOf(parts, id, source));
  if (key !== undefined) return { state: 'erased', id, key, freshness };
  if (rejections.length > 0) return { state: 'rejected', id, rejections, deadLetters, freshness };
  if (deadLetters.length > 0) return { state: 'dead_letter', id, deadLetters, freshness };
  throw notFound(freshness, pendingRejections);
}

function notFound(freshness: Freshness, pendingRejections: number | null): AppError {
  const isCaughtUp = freshness.pendingRecords === 0 && pendingRejections === 0;
  return new AppError(
    'touchpoint_not_found',
    isCaughtUp ? 'it was not received' : 'it was not received, or is still pending',
    { freshness, pendingRejections },
  );
}

async function describeAccepted(
  pool: Pool,
  ids: IdentifierIds,
  id: string,
  found: TracedTouchpoint,
): Promise<Omit<AcceptedTrace, 'countedAs' | 'rejections' | 'deadLetters' | 'freshness'>> {
  const { identifier, profile, identifiers, ...touchpoint } = found;
  const ambiguous = await findAmbiguousTransactions(pool, identifiers);
  const conflicts = await findConflicts(pool, found.key, maxTraced);
  return {
    state: 'accepted',
    id,
    ...touchpoint,
    belongsTo: { identifier: nameIdentifier(identifier), profile },
    counted: `/v1/metrics/touchpoints/${found.key}`,
    warnings: ambiguous.map(({ id: transaction, type, trust }) => ({
      code: 'ambiguous_transaction',
      identifier: { id: transaction, type },
      trust,
    })),
    duplicates: await findDuplicates(pool, found.key),
    conflicts: conflicts.map((conflict) => ({
      rejectionId: ids.conflictId(found.source, id, conflict.bodyHash),
      ...conflict,
    })),
  };
}

async function describeCounted(askCounted: AskCounted, key: string): Promise<AcceptedTrace['countedAs']> {
  const asked = await askCounted([key]);
  if (asked.state === 'unavailable') return asked;
  const counted = asked.touchpoints[key] ?? null;
  if (counted === null) return { state: 'not_counted' };
  const { day, stage, countsTransactionOf } = counted;
  return { state: 'counted', day, stage, countsTransactionOf };
}

function toTraced(letter: DeadLetter): TracedDeadLetter {
  const { id, touchpoint, state, code, message, savedAt, nextAttemptAt } = letter;
  return {
    id,
    source: touchpoint?.source ?? '',
    state,
    code,
    message,
    savedAt: savedAt.toISOString(),
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
  };
}

/** Of a touchpoint of the source, or of any. */
async function keysOf(
  { pool, ids }: Pick<TraceRoutes, 'pool' | 'ids'>,
  id: string,
  source: string | null,
): Promise<string[]> {
  const sources = source === null ? await findSources(pool, maxSources) : [source];
  return sources.map((name) => ids.touchpointKey(name, id));
}

/** @throws AppError ambiguous_touchpoint, which names the sources */
async function findAccepted(
  pool: Pool,
  ids: IdentifierIds,
  id: string,
  source: string | null,
): Promise<TracedTouchpoint | null> {
  const found = await findTracedTouchpoints(pool, await keysOf({ pool, ids }, id, source));
  if (found.length > 1) {
    throw new AppError('ambiguous_touchpoint', 'name the source too', {
      field: 'source',
      expected: 'one of the candidates',
      candidates: found.map((one) => ({ source: one.source, key: one.key, receivedAt: one.receivedAt })),
    });
  }
  return found[0] ?? null;
}
