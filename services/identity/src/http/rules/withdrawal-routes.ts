/** Evidence that operators withdraw: what a source said in a period, one touchpoint or one link. Nothing is ever deleted. */
import { AppError } from '@throughline/contracts';
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import { z } from 'zod';
import type { EvidenceWithdrawal } from '../../core/evidence-withdrawal.ts';
import { findIdentifiers } from '../../db/find-identifiers.ts';
import type { RulesetState } from '../../db/rules/rulesets.ts';
import { findWithdrawal, findWithdrawals, type StoredWithdrawal } from '../../db/rules/withdrawals.ts';
import type { IdentifierIds } from '../../identifier-id.ts';
import { authorSchema } from '../decision-parties.ts';
import { decodeCursor, encodeCursor, positionAfter } from '../page-cursor.ts';
import {
  bodyCodes,
  cursorParameter,
  instantParameter,
  limitParameter,
  parseLimit,
  textParameter,
  toInstant,
} from '../parameters.ts';
import { identifierOfReference, profileNotFound, uuidPattern } from '../reference.ts';
import type { RulesMaker } from './rules-maker.ts';
import { evaluationAnswer, evaluationSchema, readRuleset, type RulesetReader } from './ruleset-answer.ts';

export interface WithdrawalRoutes extends RulesetReader {
  ids: IdentifierIds;
  rules: RulesMaker;
  canDecide: RequestHook;
}

const bodySchema = z
  .strictObject({
    source: textParameter(100).describe('What it said is withdrawn.'),
    by: z
      .enum(['occurredAt', 'receivedAt'])
      .exactOptional()
      .describe(
        'Which time the period is about: `occurredAt` (a broken till; the default) or `receivedAt` (a bad import).',
      ),
    from: instantParameter.exactOptional(),
    to: instantParameter.exactOptional(),
    touchpoint: textParameter(100).exactOptional().describe('Id of one touchpoint of the source.'),
    link: z.array(z.string().min(1)).length(2).exactOptional().describe('The two ends of one link.'),
    note: textParameter(1_000).exactOptional().describe('Why, for a later reader.'),
    author: authorSchema.exactOptional(),
    dryRun: z
      .boolean()
      .exactOptional()
      .describe('Only evaluates it: put it in force or discard it once the report is there. Default false.'),
  })
  .meta({
    examples: [
      { source: 'till_7', from: '2026-03-01T00:00:00Z', to: '2026-03-03T00:00:00Z', dryRun: true },
      { source: 'crm', link: ['user_id:42', 'email:ada@example.org'], note: 'typed for another customer' },
    ],
  });

const partySchema = z.object({ id: z.string(), type: z.string(), value: z.string() });

const withdrawalSchema = z.object({
  id: z.string(),
  source: z.string(),
  by: z.enum(['occurredAt', 'receivedAt']),
  from: z.string().nullable(),
  to: z.string().nullable(),
  touchpoint: z.string().nullable().describe('Blank once the touchpoint is erased.'),
  link: z.array(partySchema).nullable(),
  note: z.string(),
  madeAt: z.string(),
  madeBy: z.object({ key: z.string(), author: z.string().nullable() }),
  state: z
    .enum(['evaluating', 'evaluated', 'in_force', 'undoing', 'undone', 'discarded'])
    .describe('undoing: the version without it is being evaluated.'),
  evaluation: evaluationSchema.describe('Of the version that brings it, or that takes it back.'),
});
type WithdrawalAnswer = z.infer<typeof withdrawalSchema>;

const idParameter = z.object({
  id: z.string().meta({
    description: 'Of the withdrawal.',
    examples: ['0f8fad5b-d9cb-469f-a165-70867728950e'],
  }),
});
const latest = '9999-12-31T23:59:59.999Z';

export function addWithdrawalRoutes(app: HttpApp, routes: WithdrawalRoutes): void {
  addMakingRoute(app, routes);
  addUndoingRoute(app, routes);
  addListingRoutes(app, routes);
}

function addMakingRoute(app: HttpApp, routes: WithdrawalRoutes): void {
  app.post(
    '/v1/identity/withdrawals',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'withdrawEvidence',
        summary: 'Withdraw evidence: as if the touchpoints had never shown their links',
        description:
          'Needs an admin key. The touchpoints stay in their timelines; those that arrive later are withdrawn too. Evaluated beside the live state, then put in force.',
        querystring: z.strictObject({}),
        body: bodySchema,
        response: {
          202: withdrawalSchema,
          ...problemAnswers(...bodyCodes, 'profile_not_found', 'rules_conflict'),
        },
      },
    },
    async ({ body, principal }, reply) => {
      const selected = await readSelection(routes, body);
      const by = { key: principal?.source ?? '', author: body.author ?? null };
      const making = { note: body.note ?? '', by, activate: body.dryRun !== true };
      const id = await routes.rules.makeWithdrawal(selected, making);
      return await reply.code(202).send(await readWithdrawal(routes, id));
    },
  );
}

function addUndoingRoute(app: HttpApp, routes: WithdrawalRoutes): void {
  app.delete(
    '/v1/identity/withdrawals/:id',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'undoWithdrawal',
        summary: 'Undo: as if the evidence had never been withdrawn',
        description:
          'Needs an admin key. One that is not in force yet is discarded. Again, it answers the same.',
        params: idParameter,
        querystring: z.strictObject({
          dryRun: z.enum(['true', 'false']).exactOptional(),
          author: authorSchema.exactOptional(),
        }),
        response: {
          202: withdrawalSchema,
          ...problemAnswers('invalid_parameter', 'withdrawal_not_found', 'rules_conflict'),
        },
      },
    },
    async ({ params, query, principal }, reply) => {
      const { id, state, evaluation } = await readWithdrawal(routes, params.id);
      if (state === 'evaluating' || state === 'evaluated') await routes.rules.discard(evaluation.version);
      if (state === 'in_force') {
        const by = { key: principal?.source ?? '', author: query.author ?? null };
        await routes.rules.undoWithdrawal(id, { note: '', by, activate: query.dryRun !== 'true' });
      }
      return await reply.code(202).send(await readWithdrawal(routes, id));
    },
  );
}

function addListingRoutes(app: HttpApp, routes: WithdrawalRoutes): void {
  app.get(
    '/v1/identity/withdrawals',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'listWithdrawals',
        summary: 'All withdrawals of evidence, newest first',
        description: 'Needs an admin key.',
        querystring: z.strictObject({
          limit: limitParameter.exactOptional(),
          cursor: cursorParameter.exactOptional(),
        }),
        response: {
          200: z.object({ items: z.array(withdrawalSchema), nextCursor: z.string().nullable() }),
          ...problemAnswers('invalid_parameter'),
        },
      },
    },
    async ({ query }) => {
      const limit = parseLimit(query.limit);
      const before = query.cursor === undefined ? positionAfter(latest) : decodeCursor(query.cursor);
      const found = await findWithdrawals(routes.pool, { before, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return {
        items: await Promise.all(items.map((one) => withdrawalAnswer(routes, one, false))),
        nextCursor: last === undefined ? null : encodeCursor({ at: last.madeAt, id: last.id }),
      };
    },
  );
  app.get(
    '/v1/identity/withdrawals/:id',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'findWithdrawal',
        summary: 'One withdrawal of evidence, with its progress and what it changes',
        description: 'Needs an admin key.',
        params: idParameter,
        querystring: z.strictObject({}),
        response: { 200: withdrawalSchema, ...problemAnswers('invalid_parameter', 'withdrawal_not_found') },
      },
    },
    ({ params }) => readWithdrawal(routes, params.id, true),
  );
}

async function readSelection(
  { pool, ids }: WithdrawalRoutes,
  body: z.infer<typeof bodySchema>,
): Promise<Omit<EvidenceWithdrawal, 'id'>> {
  const { source, by = 'occurredAt', touchpoint = null } = body;
  const from = body.from === undefined ? null : toInstant(body.from, 'up');
  const to = body.to === undefined ? null : toInstant(body.to, 'down');
  if (from === null && to === null && touchpoint === null && body.link === undefined) {
    throw new AppError('invalid_parameter', 'all that a source ever said would be withdrawn', {
      field: 'from',
      expected: 'a period (`from`, `to`), a `touchpoint` or a `link`',
    });
  }
  if (from !== null && to !== null && from > to) {
    throw new AppError('invalid_parameter', '`from` is after `to`', {
      field: 'from',
      expected: 'an instant not after `to`',
    });
  }
  if (body.link === undefined) return { source, by, from, to, touchpoint, link: null };
  const [one = '', other = ''] = body.link.map((ref, place) =>
    identifierOfReference(ref, ids, `link.${place}`),
  );
  const known = await findIdentifiers(pool, [one, other]);
  for (const [place, id] of [one, other].entries()) {
    if (!known.has(id)) throw profileNotFound(`link.${place}`);
  }
  if (one === other) {
    throw new AppError('invalid_parameter', 'both ends are one identifier', {
      field: 'link',
      expected: 'two different identifiers',
    });
  }
  return { source, by, from, to, touchpoint, link: [one, other] };
}

/** @throws AppError withdrawal_not_found */
async function readWithdrawal(
  routes: WithdrawalRoutes,
  id: string,
  withFigures = false,
): Promise<WithdrawalAnswer> {
  const found = uuidPattern.test(id) ? await findWithdrawal(routes.pool, id.toLowerCase()) : null;
  if (found === null) throw new AppError('withdrawal_not_found', '');
  return await withdrawalAnswer(routes, found, withFigures);
}

async function withdrawalAnswer(
  routes: WithdrawalRoutes,
  withdrawal: StoredWithdrawal,
  withFigures: boolean,
): Promise<WithdrawalAnswer> {
  const { undoneBy, ruleset: broughtBy, madeWith, author, link, ...said } = withdrawal;
  const undoing = undoneBy === null ? null : await readRuleset(routes.pool, undoneBy);
  // An undo that was discarded never was.
  const isUndone = undoing !== null && undoing.state !== 'discarded';
  const ruleset = isUndone ? undoing : await readRuleset(routes.pool, broughtBy);
  const names = await findIdentifiers(routes.pool, link ?? []);
  return {
    ...said,
    link:
      link === null
        ? null
        : link.map((id) => ({ id, type: names.get(id)?.type ?? '', value: names.get(id)?.value ?? '' })),
    madeBy: { key: madeWith, author },
    state: stateOf(ruleset.state, isUndone),
    evaluation: await evaluationAnswer(routes, ruleset, withFigures),
  };
}

function stateOf(state: RulesetState, isUndone: boolean): WithdrawalAnswer['state'] {
  const isInWork = state === 'evaluating' || state === 'evaluated';
  if (isUndone) return isInWork ? 'undoing' : 'undone';
  if (isInWork || state === 'discarded') return state;
  return 'in_force';
}
