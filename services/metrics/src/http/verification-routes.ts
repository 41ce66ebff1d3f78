/** Verifications: every figure computed again from the facts, by other means, and compared. */
import { randomUUID } from 'node:crypto';
import { AppError } from '@throughline/contracts';
import {
  loggableError,
  problemAnswers,
  type HttpApp,
  type Logger,
  type ServiceHttp,
} from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import {
  beginVerification,
  findVerification,
  saveComparison,
  saveFailure,
  type SavedVerification,
} from '../db/verification/save-verification.ts';
import { verifyFigures } from '../db/verification/verify-figures.ts';
import { readQuery } from './query.ts';

const verification = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed']),
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
  /** Resolves when no verification of this process runs any more. */
  settled(): Promise<void>;
}

export function addVerificationRoutes(app: HttpApp, options: VerificationOptions): VerificationRoutes {
  const running = new Set<Promise<void>>();
  addBeginRoute(app, options, (id) => {
    const task = runVerification(options, id).finally(() => running.delete(task));
    running.add(task);
  });
  addResultRoute(app, options);
  return {
    async settled() {
      await Promise.all(running);
    },
  };
}

/** Never rejects. */
async function runVerification({ pool, generation, logger }: VerificationOptions, id: string): Promise<void> {
  try {
    const comparison = await verifyFigures(pool, generation());
    await saveComparison(pool, id, comparison);
    const { checked, differenceCount } = comparison;
    const level = differenceCount === 0 ? 'info' : 'error';
    logger[level](
      { event: 'verification.done', verification: id, checked, differenceCount },
      differenceCount === 0 ? 'verification done: figures agree' : 'verification done: figures differ',
    );
  } catch (error) {
    logger.error(
      { event: 'verification.failed', verification: id, err: loggableError(error) },
      'verification failed: figures were not compared',
    );
    await saveFailure(pool, id, 'the verification could not be carried out; see the log').catch(() => {});
  }
}

function addBeginRoute(
  app: HttpApp,
  { pool, generation, requireKey }: VerificationOptions,
  run: (id: string) => void,
): void {
  app.post(
    '/v1/metrics/verifications',
    {
      onRequest: requireKey('admin'),
      schema: {
        operationId: 'beginVerification',
        tags: ['verifications'],
        summary: 'Recompute and compare every figure',
        description: 'Needs an admin key. Begins a verification, or names the one that runs already.',
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
      readQuery(request.query, []);
      const { id, begun } = await beginVerification(pool, { id: randomUUID(), generation: generation() });
      if (begun) run(id);
      return await reply.code(202).send({ id });
    },
  );
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

function present(saved: SavedVerification): z.infer<typeof verification> {
  return {
    ...saved,
    startedAt: saved.startedAt.toISOString(),
    finishedAt: saved.finishedAt?.toISOString() ?? null,
    differences: (saved.differences ?? []).map((difference) => ({
      ...difference,
      day: formatDay(difference.day),
    })),
  };
}
