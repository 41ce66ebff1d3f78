/** The policy as a document, in versions: read, drafted, put in force, discarded. */
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import { z } from 'zod';
import { type Policy, policySchema } from '../../core/policy.ts';
import { findRulesetInForce, findRulesets, type StoredRuleset } from '../../db/rules/rulesets.ts';
import { authorSchema } from '../decision-parties.ts';
import { bodyCodes, limitParameter, parseLimit, textParameter } from '../parameters.ts';
import type { RulesMaker } from './rules-maker.ts';
import { evaluationAnswer, evaluationSchema, readRuleset, type RulesetReader } from './ruleset-answer.ts';

export interface PolicyRoutes extends RulesetReader {
  rules: RulesMaker;
  canDecide: RequestHook;
}

const makingSchema = {
  note: textParameter(1_000).exactOptional().describe('Why, for a later reader.'),
  author: authorSchema.exactOptional(),
};

const bodySchema = z
  .strictObject({
    policy: policySchema.describe('What is left out is as shipped, but for `normalization`, which stays.'),
    ...makingSchema,
  })
  .meta({
    examples: [{ policy: { sharedDegree: 8, limits: { email: 3 } }, note: 'families share tablets' }],
  });

const versionSchema = evaluationSchema.extend({
  kind: z
    .enum(['first', 'policy', 'withdrawal'])
    .describe('withdrawal: made by a withdrawal of evidence or its undoing, with the policy as it was.'),
  policy: policySchema,
  withdrawals: z.int().describe('Withdrawals of evidence that are in force with it.'),
  note: z.string(),
  madeBy: z.object({ key: z.string(), author: z.string().nullable() }),
});

const versionParameter = z.object({
  version: z
    .string()
    .regex(/^\d{1,9}$/, { error: 'expected the number of a version' })
    .meta({ description: 'Number of the version.', examples: ['1'] }),
});
const noQuery = z.strictObject({});

export function addPolicyRoutes(app: HttpApp, routes: PolicyRoutes): void {
  addCurrentRoutes(app, routes);
  addDraftRoute(app, routes);
  addListingRoutes(app, routes);
  addEndRoutes(app, routes);
}

function addCurrentRoutes(app: HttpApp, routes: PolicyRoutes): void {
  app.get(
    '/v1/identity/policy',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'findPolicy',
        summary: 'The policy in force',
        description: 'Needs an admin key.',
        querystring: noQuery,
        response: { 200: versionSchema, ...problemAnswers('invalid_parameter') },
      },
    },
    async () => await versionAnswer(routes, await findRulesetInForce(routes.pool)),
  );
  app.put(
    '/v1/identity/policy',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'changePolicy',
        summary: 'Evaluate another policy, and put it in force as soon as that is done',
        description: 'Needs an admin key. To see what it changes first, make a draft.',
        querystring: noQuery,
        body: bodySchema,
        response: { 202: versionSchema, ...problemAnswers(...bodyCodes, 'rules_conflict') },
      },
    },
    async ({ body, principal }, reply) =>
      await reply.code(202).send(await make(routes, body, principal?.source, true)),
  );
}

function addDraftRoute(app: HttpApp, routes: PolicyRoutes): void {
  app.post(
    '/v1/identity/policies',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'draftPolicy',
        summary: 'Evaluate another policy beside the live state, and report what it would change',
        description: 'Needs an admin key. One version at a time is in work.',
        querystring: noQuery,
        body: bodySchema,
        response: { 202: versionSchema, ...problemAnswers(...bodyCodes, 'rules_conflict') },
      },
    },
    async ({ body, principal }, reply) =>
      await reply.code(202).send(await make(routes, body, principal?.source, false)),
  );
}

function addListingRoutes(app: HttpApp, routes: PolicyRoutes): void {
  app.get(
    '/v1/identity/policies',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'listPolicies',
        summary: 'All versions of the rules, newest first',
        description: 'Needs an admin key.',
        querystring: z.strictObject({
          limit: limitParameter.exactOptional(),
          cursor: z
            .string()
            .regex(/^\d{1,9}$/)
            .exactOptional()
            .describe('`nextCursor` of the page before.'),
        }),
        response: {
          200: z.object({ items: z.array(versionSchema), nextCursor: z.string().nullable() }),
          ...problemAnswers('invalid_parameter'),
        },
      },
    },
    async ({ query }) => {
      const limit = parseLimit(query.limit);
      const before = query.cursor === undefined ? 2_147_483_647 : Number(query.cursor);
      const found = await findRulesets(routes.pool, { before, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : undefined;
      return {
        items: await Promise.all(items.map((one) => versionAnswer(routes, one))),
        nextCursor: last === undefined ? null : String(last.version),
      };
    },
  );
  app.get(
    '/v1/identity/policies/:version',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'findPolicyVersion',
        summary: 'One version of the rules, with its progress and what it changes',
        description: 'Needs an admin key.',
        params: versionParameter,
        querystring: noQuery,
        response: { 200: versionSchema, ...problemAnswers('invalid_parameter', 'policy_not_found') },
      },
    },
    async ({ params }) =>
      await versionAnswer(routes, await readRuleset(routes.pool, Number(params.version)), true),
  );
}

function addEndRoutes(app: HttpApp, routes: PolicyRoutes): void {
  app.post(
    '/v1/identity/policies/:version/activate',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'activatePolicy',
        summary: 'Put a version in force, as soon as it is evaluated',
        description: 'Needs an admin key. Again, it answers the same.',
        params: versionParameter,
        querystring: noQuery,
        response: {
          202: versionSchema,
          ...problemAnswers('invalid_parameter', 'policy_not_found', 'rules_conflict'),
        },
      },
    },
    async ({ params }, reply) => {
      const version = Number(params.version);
      await routes.rules.activate(version);
      return await reply.code(202).send(await versionAnswer(routes, await readRuleset(routes.pool, version)));
    },
  );
  app.delete(
    '/v1/identity/policies/:version',
    {
      onRequest: routes.canDecide,
      schema: {
        tags: ['rules'],
        operationId: 'discardPolicy',
        summary: 'Discard a version that is not in force: nothing has changed',
        description: 'Needs an admin key. Again, it answers the same.',
        params: versionParameter,
        querystring: noQuery,
        response: {
          200: versionSchema,
          ...problemAnswers('invalid_parameter', 'policy_not_found', 'rules_conflict'),
        },
      },
    },
    async ({ params }) => {
      const version = Number(params.version);
      await routes.rules.discard(version);
      return await versionAnswer(routes, await readRuleset(routes.pool, version));
    },
  );
}

async function make(
  routes: PolicyRoutes,
  { policy, note = '', author = null }: { policy: Policy; note?: string; author?: string | null },
  source: string | undefined,
  activate: boolean,
): Promise<z.infer<typeof versionSchema>> {
  const inForce = (await findRulesetInForce(routes.pool)).policy.normalization ?? { phoneRegion: null };
  const whole = { ...policy, normalization: policy.normalization ?? inForce };
  const by = { key: source ?? '', author };
  const version = await routes.rules.makePolicy(whole, { note, by, activate });
  return await versionAnswer(routes, await readRuleset(routes.pool, version));
}

async function versionAnswer(
  routes: PolicyRoutes,
  ruleset: StoredRuleset,
  withFigures = false,
): Promise<z.infer<typeof versionSchema>> {
  const { kind, policy, withdrawals, note, madeWith, author } = ruleset;
  return {
    ...(await evaluationAnswer(routes, ruleset, withFigures)),
    kind,
    policy,
    withdrawals: withdrawals.length,
    note,
    madeBy: { key: madeWith, author },
  };
}
