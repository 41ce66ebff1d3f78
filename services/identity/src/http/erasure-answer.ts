/** An erasure as it is answered: how far it is, and, once it is done, the confirmation of what was removed and what expires. */
import type { Pool } from 'pg';
import { z } from 'zod';
import type { AskErased } from '../ask-metrics.ts';
import { findExtent, type FoundErasure } from '../db/find-erasures.ts';

/** Of the lists of identifiers. */
const maxListed = 100;

const expiring = [
  {
    what: 'records of the event log: touchpoints.v1, rejected.v1, resolved.v1 and profiles.v1',
    after: 'the retention of each topic; 7 days in the log on Postgres unless it was set',
  },
  {
    what: 'rejected items and dead letters that mention the person only inside words that cannot be recognized',
    after: 'THROUGHLINE_REJECTED_RETENTION_DAYS, 90 days unless set',
  },
  {
    what: 'rows that the database has deleted or changed, samples of values that it keeps for its planner, and its write-ahead log',
    after: 'the autovacuum, which also analyzes, and the WAL retention of the database',
  },
  {
    what: 'backups made before the erasure',
    after:
      'the retention of the backups; after a restore erasures are applied again as infra/docs/erasure.md says',
  },
  { what: "the services' logs, which name touchpoints by their ids", after: 'the retention of the logs' },
];

const identifierSchema = z.object({
  id: z.string(),
  type: z.string(),
  value: z.string().describe('Blank once it is removed.'),
});
const listSchema = z.object({
  count: z.int(),
  items: z.array(identifierSchema).describe(`At most ${maxListed}.`),
});

export const erasureSchema = z.object({
  id: z.string(),
  at: z.string().describe('What occurred or was received by then is erased.'),
  profile: z.string().describe('Its id at the time.'),
  follows: z.string().nullable().describe('The erasure whose unconfirmed identifiers this one takes.'),
  requestedBy: z.object({ key: z.string(), author: z.string().nullable() }),
  state: z.enum(['running', 'done']),
  step: z
    .enum(['decisions', 'gather', 'touchpoints', 'evidence', 'copies', 'history', 'done'])
    .describe('What a running one is at.'),
  failure: z.string().nullable().describe('Why the last attempt of the step failed; it is tried again.'),
  finishedAt: z.string().nullable(),
  extent: listSchema.describe('The identifiers that it takes.'),
  unconfirmed: listSchema.describe(
    'Those that are linked by public evidence alone: they stay until they are confirmed.',
  ),
  suppression: z
    .object({ state: z.enum(['active', 'lifted']), since: z.string(), liftedAt: z.string().nullable() })
    .nullable(),
  removed: z
    .object({
      touchpointsDropped: z.int(),
      touchpointsStruck: z.int().describe('Of other people: they lost identifiers of the person.'),
      decisions: z.int(),
      historyEntries: z.int(),
      rejections: z.int(),
      deadLetters: z.int(),
    })
    .describe('Of identity, and of the copies in ingest: rejected items and dead letters.'),
  metrics: z
    .discriminatedUnion('state', [
      z.object({ state: z.enum(['pending', 'done']), facts: z.int(), deadLetters: z.int() }),
      z.object({ state: z.literal('unavailable'), message: z.string() }),
    ])
    .exactOptional()
    .describe(
      'Of one erasure that is asked for: what metrics has removed, which follows; or why it does not say.',
    ),
  expires: z.array(z.object({ what: z.string(), after: z.string() })),
});
export type ErasureAnswer = z.infer<typeof erasureSchema>;

export async function describeErasure(pool: Pool, erasure: FoundErasure): Promise<ErasureAnswer> {
  const { id, at, profile, follows, madeWith, author, step, failure, finishedAt, removed } = erasure;
  const extent = await findExtent(pool, id, true, maxListed);
  const unconfirmed = await findExtent(pool, id, false, maxListed);
  const { suppresses, suppressionEndedAt: liftedAt } = erasure;
  return {
    id,
    at,
    profile,
    follows,
    requestedBy: { key: madeWith, author },
    state: step === 'done' ? 'done' : 'running',
    step,
    failure,
    finishedAt,
    extent: { count: extent.count, items: extent.identifiers },
    unconfirmed: { count: unconfirmed.count, items: unconfirmed.identifiers },
    suppression: suppresses ? { state: liftedAt === null ? 'active' : 'lifted', since: at, liftedAt } : null,
    removed: {
      touchpointsDropped: removed['touchpointsDropped'] ?? 0,
      touchpointsStruck: removed['touchpointsStruck'] ?? 0,
      decisions: removed['decisions'] ?? 0,
      historyEntries: removed['historyEntries'] ?? 0,
      rejections: removed['rejections'] ?? 0,
      deadLetters: removed['deadLetters'] ?? 0,
    },
    expires: expiring,
  };
}

/** What metrics has removed: all that is to go is named by the records of the erasure, which it consumes after it is done here. */
export async function describeErasedFacts(
  askErased: AskErased,
  { id, state, extent }: Pick<ErasureAnswer, 'id' | 'state' | 'extent'>,
): Promise<NonNullable<ErasureAnswer['metrics']>> {
  const asked = await askErased(id);
  if (asked.state === 'unavailable') return asked;
  const { facts, deadLetters, identifiers } = asked;
  const isDone = state === 'done' && identifiers >= extent.count;
  return { state: isDone ? 'done' : 'pending', facts, deadLetters };
}
