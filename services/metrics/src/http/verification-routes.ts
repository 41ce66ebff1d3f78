/** Verifications: every figure computed again from the facts, by other means, and compared. */
import { randomUUID } from 'node:crypto';
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type Logger, type ServiceHttp } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { runVerification } from '../consume/run-verification.ts';
import {
  beginVerification,
  findVerification,
  type SavedVerification,
} from '../db/verification/save-verification.ts';
import { verificationSteps, type VerificationScope } from '../db/verification/verification-scope.ts';
import { rangeParameters, readByRoute } from './figure-parameters.ts';
import { readDay, readQuery, type Query } from './query.ts';

const verification = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  from: z.string().nullable().describe('The first day that is compared; null for no bound.'),
  to: z.string().nullable(),
  sample: z
    .number()
    .nullable()
    .describe('The share of the profiles whose histories are compared; null for all, and the figures.'),
  step: z.enum(verificationSteps).nullable().describe('What a running one is at; null of others.'),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  checked: z.int().nullable().describe('Values that were compared.'),
  differenceCount: z.int().nullable(),
  differences: z
    .array(
      z.object({
        of: z
          .enum(['figure', 'blocks', 'changes', 'restatements', 'histories'])
          .describe(
            '`figure`: the change of the figure from the day before. `blocks`: its change in the 512 days that begin. ' +
              '`changes`: its change from the day before, as the sum of those by cause and time. `restatements`: the value ' +
              'of a closed day, as it closed and restated since. `histories`: the rows from which figures are changed.',
          ),
        figure: z.string(),
        dimensions: z.record(z.string(), z.union([z.string(), z.number()])),
        day: z.string(),
        maintained: z.int(),
        recomputed: z.int(),
      }),
    )
    .describe('The first 1,000.'),
  profiles: z.array(z.string()).describe('Those whose histories differ, at most 100.'),
  message: z.string().nullable(),
});

export interface VerificationOptions {
  pool: Pool;
  /** The generation of figures in use. */
  generation: () => number;
  logger: Logger;
  requireKey: ServiceHttp['requireKey'];
}

export interface VerificationRoutes {
  /** Ends the verifications of this process. */
  stop(): Promise<void>;
}

export function addVerificationRoutes(app: HttpApp, options: VerificationOptions): VerificationRoutes {
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  addBeginRoute(app, options, (begun) => {
    const task = runVerification({ ...options, signal: stopping.signal }, begun).finally(() =>
      running.delete(task),
    );
    running.add(task);
  });
  addResultRoute(app, options);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function addBeginRoute(
  app: HttpApp,
  { pool, generation, requireKey }: VerificationOptions,
  run: (begun: { id: string; generation: number; scope: VerificationScope }) => void,
): void {
  app.post(
    '/v1/metrics/verifications',
    {
      onRequest: requireKey('admin'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'beginVerification',
        tags: ['verifications'],
        summary: 'Recompute and compare figures',
        description:
          'Needs an admin key. Begins a verification, or names the one that runs already, whatever that compares. With `from` and ' +
          '`to` only values of these days are compared. With `sample`, a share of the profiles, the histories of these are ' +
          'compared with their touchpoints, and no figures, which are sums over all profiles.',
        querystring: z.object({
          from: rangeParameters.from,
          to: rangeParameters.to,
          sample: z
            .string()
            .optional()
            .meta({ description: 'Above 0 and at most 1.', examples: ['0.01'] }),
        }),
        response: {
          202: z.object({ id: z.string() }),
          // A body is read and ignored.
          ...problemAnswers(
            'invalid_parameter',
            'empty_body',
            'malformed_json',
            'forbidden_key',
            'nesting_too_deep',
            'request_timeout',
            'payload_too_large',
            'unsupported_media_type',
          ),
        },
      },
    },
    async (request, reply) => {
      const scope = readScope(readQuery(request.query, ['from', 'to', 'sample']));
      const asked = { id: randomUUID(), generation: generation(), scope };
      const { id, begun } = await beginVerification(pool, asked);
      if (begun) run(asked);
      return await reply.code(202).send({ id });
    },
  );
}

/** @throws AppError invalid_parameter */
function readScope(query: Query): VerificationScope {
  const [from, to] = [readDay(query, 'from'), readDay(query, 'to')];
  if (from !== null && to !== null && from > to)
    throw new AppError('invalid_parameter', `from (${formatDay(from)}) is after to (${formatDay(to)})`, {
      field: 'from',
    });
  const text = query['sample'];
  const sample = text === undefined ? null : /^(?:0?\.\d{1,6}|1(?:\.0{1,6})?)$/.test(text) ? Number(text) : 0;
  if (sample === 0)
    throw new AppError('invalid_parameter', 'sample is a share of the profiles', {
      field: 'sample',
      expected: 'above 0, at most 1, such as 0.01',
    });
  return { from, to, sample };
}

function addResultRoute(app: HttpApp, { pool, requireKey }: VerificationOptions): void {
  app.get(
    '/v1/metrics/verifications/:id',
    {
      onRequest: requireKey('read'),
      schema: {
        operationId: 'verification',
        tags: ['verifications'],
        summary: 'State and result of a verification',
        description: 'Needs a read key.',
        params: z.object({ id: z.string() }),
        response: { 200: verification, ...problemAnswers('invalid_parameter', 'verification_not_found') },
      },
    },
    async (request) => {
      readQuery(request.query, []);
      const { id } = request.params;
      const found = z.uuid().safeParse(id).success ? await findVerification(pool, id) : null;
      if (found === null) throw new AppError('verification_not_found', '');
      return present(found);
    },
  );
}

function present({ fromDay, toDay, profiles, ...saved }: SavedVerification): z.infer<typeof verification> {
  return {
    ...saved,
    from: fromDay === null ? null : formatDay(fromDay),
    to: toDay === null ? null : formatDay(toDay),
    profiles: profiles ?? [],
    startedAt: saved.startedAt.toISOString(),
    finishedAt: saved.finishedAt?.toISOString() ?? null,
    differences: (saved.differences ?? []).map((difference) => ({
      ...difference,
      day: formatDay(difference.day),
    })),
  };
}
