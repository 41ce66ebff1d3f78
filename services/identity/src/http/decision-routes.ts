/** Operators' decisions: merges and splits, made, listed and withdrawn. Nothing is ever deleted: a withdrawn one stays listed. */
import { AppError } from '@throughline/contracts';
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { AskWhatIf } from '../ask-metrics.ts';
import type { PreviewedDecision, TriedDecision } from '../core/decision-preview.ts';
import { findDecision } from '../db/find-decision.ts';
import { findDecisions, type FoundDecision } from '../db/find-decisions.ts';
import { findIdentifiers } from '../db/find-identifiers.ts';
import type { DecidedBy } from '../db/save-decision.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import { authorSchema, decisionBodySchema, findParties } from './decision-parties.ts';
import { previewAnswer, previewSchema } from './decision-preview.ts';
import { decodeCursor, encodeCursor, positionAfter } from './page-cursor.ts';
import { bodyCodes, cursorParameter, limitParameter, parseLimit } from './parameters.ts';
import { uuidPattern } from './reference.ts';

export interface NewDecision {
  kind: 'merge' | 'split';
  /** Identifier ids: of a merge one list, of a split two. */
  sides: string[][];
  note: string;
  by: DecidedBy;
}

/** What the write side does; each call is one transaction. */
export interface DecisionMaker {
  /** Returns the new decision's id. */
  make(decision: NewDecision): Promise<string>;
  withdraw(decisionId: string, by: DecidedBy): Promise<unknown>;
  preview(tried: TriedDecision): Promise<PreviewedDecision>;
}

export interface DecisionRoutes {
  pool: Pool;
  ids: IdentifierIds;
  decisions: DecisionMaker;
  askWhatIf: AskWhatIf;
  canDecide: RequestHook;
}

const partySchema = z.object({ id: z.string(), type: z.string(), value: z.string() });

const deciderSchema = z.object({
  key: z.string().describe('What the key that was used writes as.'),
  author: z.string().nullable().describe('The person, if it was said.'),
});

const decisionSchema = z.object({
  id: z.string(),
  kind: z.enum(['merge', 'split']),
  madeAt: z.string(),
  note: z.string(),
  refs: z.array(partySchema).exactOptional().describe('Of a merge.'),
  sides: z.array(z.array(partySchema)).exactOptional().describe('Of a split.'),
  madeBy: deciderSchema,
  state: z.enum(['active', 'withdrawn']),
  withdrawnAt: z.string().nullable(),
  withdrawnBy: deciderSchema.nullable(),
});
type DecisionAnswer = z.infer<typeof decisionSchema>;

const latest = '9999-12-31T23:59:59.999Z';
const idParameter = z.object({
  id: z
    .string()
    .meta({ description: 'Of the decision.', examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'] }),
});
const noQuery = z.strictObject({});

export function addDecisionRoutes(app: HttpApp, options: DecisionRoutes): void {
  addMakingRoute(app, options);
  addWithdrawingRoute(app, options);
  addListingRoutes(app, options);
}

function addMakingRoute(app: HttpApp, options: DecisionRoutes): void {
  const { pool, ids, decisions, canDecide } = options;
  app.post(
    '/v1/identity/decisions',
    {
      onRequest: canDecide,
      schema: {
        tags: ['decisions'],
        operationId: 'makeDecision',
        summary: 'Merge or split',
        description:
          'Needs an admin key. A merge joins what it names, past the limits; a split keeps its two sides apart. The newer decision wins.',
        querystring: noQuery,
        body: decisionBodySchema,
        response: {
          200: previewSchema.describe('Of a dry run.'),
          201: decisionSchema,
          ...problemAnswers(...bodyCodes, 'profile_not_found', 'decision_conflict'),
        },
      },
    },
    async ({ body, principal }, reply) => {
      const sides = await findParties(pool, ids, body);
      if (body.dryRun === true) {
        const preview = await decisions.preview({ kind: body.kind, sides });
        return await reply.code(200).send(await previewAnswer(options, preview));
      }
      const by = { key: principal?.source ?? '', author: body.author ?? null };
      const id = await decisions.make({ kind: body.kind, sides, note: body.note ?? '', by });
      return await reply.code(201).send(await readDecision(pool, id));
    },
  );
}

function addWithdrawingRoute(app: HttpApp, options: DecisionRoutes): void {
  const { pool, decisions, canDecide } = options;
  app.delete(
    '/v1/identity/decisions/:id',
    {
      onRequest: canDecide,
      schema: {
        tags: ['decisions'],
        operationId: 'withdrawDecision',
        summary: 'Withdraw: as if the decision had never been made',
        description: 'Needs an admin key. Again, it answers the same.',
        params: idParameter,
        querystring: z.strictObject({
          dryRun: z
            .enum(['true', 'false'])
            .exactOptional()
            .meta({
              description: 'Answers what the withdrawal would do, and withdraws nothing. Default false.',
              examples: ['true'],
            }),
          author: authorSchema.exactOptional(),
        }),
        response: {
          200: z.union([decisionSchema, previewSchema]),
          ...problemAnswers('invalid_parameter', 'decision_not_found'),
        },
      },
    },
    async ({ params, query, principal }) => {
      const decision = await readDecision(pool, params.id);
      if (query.dryRun === 'true') {
        const sides = decision.state === 'withdrawn' ? [] : sidesOf(decision);
        const preview = await decisions.preview({ kind: 'withdrawal', decision: decision.id, sides });
        return await previewAnswer(options, preview);
      }
      if (decision.state === 'withdrawn') return decision;
      await decisions.withdraw(decision.id, { key: principal?.source ?? '', author: query.author ?? null });
      return await readDecision(pool, decision.id);
    },
  );
}

function addListingRoutes(app: HttpApp, { pool, canDecide }: DecisionRoutes): void {
  app.get(
    '/v1/identity/decisions',
    {
      onRequest: canDecide,
      schema: {
        tags: ['decisions'],
        operationId: 'listDecisions',
        summary: 'All decisions, newest first',
        description: 'Needs an admin key.',
        querystring: z.strictObject({
          limit: limitParameter.exactOptional(),
          cursor: cursorParameter.exactOptional(),
        }),
        response: {
          200: z.object({ items: z.array(decisionSchema), nextCursor: z.string().nullable() }),
          ...problemAnswers('invalid_parameter'),
        },
      },
    },
    async ({ query }) => {
      const limit = parseLimit(query.limit);
      const before = query.cursor === undefined ? positionAfter(latest) : decodeCursor(query.cursor);
      const found = await findDecisions(pool, { madeAt: before.at, id: before.id }, limit + 1);
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return {
        items: await nameParties(pool, items),
        nextCursor: last === undefined ? null : encodeCursor({ at: last.madeAt, id: last.id }),
      };
    },
  );

  app.get(
    '/v1/identity/decisions/:id',
    {
      onRequest: canDecide,
      schema: {
        tags: ['decisions'],
        operationId: 'findDecision',
        summary: 'One decision',
        description: 'Needs an admin key.',
        params: idParameter,
        querystring: noQuery,
        response: { 200: decisionSchema, ...problemAnswers('invalid_parameter', 'decision_not_found') },
      },
    },
    ({ params }) => readDecision(pool, params.id),
  );
}

/** @throws AppError decision_not_found */
async function readDecision(pool: Pool, id: string): Promise<DecisionAnswer> {
  const found = uuidPattern.test(id) ? await findDecision(pool, id.toLowerCase()) : null;
  const [answer] = found === null ? [] : await nameParties(pool, [found]);
  if (answer === undefined) throw new AppError('decision_not_found', '');
  return answer;
}

export async function nameParties(
  pool: Pool,
  decisions: readonly FoundDecision[],
): Promise<DecisionAnswer[]> {
  const names = await findIdentifiers(
    pool,
    decisions.flatMap(({ sides }) => sides.flat()),
  );
  return decisions.map((decision) => {
    const { id, kind, madeAt, note, sides, withdrawnAt, withdrawnWith } = decision;
    const named = sides.map((side) =>
      side.flatMap((party) => {
        const found = names.get(party);
        return found === undefined ? [] : [{ id: found.id, type: found.type, value: found.value }];
      }),
    );
    const parties = kind === 'merge' ? { refs: named[0] ?? [] } : { sides: named };
    const state = withdrawnAt === null ? ('active' as const) : ('withdrawn' as const);
    const madeBy = { key: decision.madeWith, author: decision.author };
    const withdrawnBy =
      withdrawnWith === null ? null : { key: withdrawnWith, author: decision.withdrawnAuthor };
    return { id, kind, madeAt, note, ...parties, madeBy, state, withdrawnAt, withdrawnBy };
  });
}

function sidesOf({ refs, sides }: DecisionAnswer): string[][] {
  return (sides ?? [refs ?? []]).map((side) => side.map(({ id }) => id));
}
