/** Verifications: every figure computed again from the facts, by other means, and compared. */
import { randomUUID } from 'node:crypto';
import { AppError } from '@throughline/contracts';
import { loggableError, type HttpApp, type Logger, type ServiceHttp } from '@throughline/runtime';
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
          .enum(['figure', 'changes', 'restatements'])
          .describe(
            '`figure`: the change of the figure from the day before. `changes`: the same as the sum of its changes by cause and ' +
              'time. `restatements`: the value of a closed day, as it closed and restated since.',
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
  generation: number;
  logger: Logger;
  requireKey: ServiceHttp['requireKey'];
}

export interface VerificationRoutes {
  /** Resolves when no verification of this process runs any more. */
  settled(): Promise<void>;
}

export function addVerificationRoutes(
  app: HttpApp,
  { pool, generation, logger, requireKey }: VerificationOptions,
): VerificationRoutes {
  const running = new Set<Promise<void>>();

  async function run(id: string): Promise<void> {
    try {
      const comparison = await verifyFigures(pool, generation);
      await saveComparison(pool, id, comparison);
      const { checked, differenceCount } = comparison;
      const level = differenceCount === 0 ? 'info' : 'error';
      logger[level](
        { event: 'verification.done', verification: id, checked, differenceCount },
        'figures compared',
      );
    } catch (error) {
      logger.error(
        { event: 'verification.failed', verification: id, err: loggableError(error) },
        'not compared',
      );
      await saveFailure(pool, id, 'the verification could not be carried out; see the log').catch(() => {});
    }
  }

  app.post(
    '/v1/metrics/verifications',
    {
      onRequest: requireKey('admin'),
      schema: {
        tags: ['verifications'],
        summary: 'Recompute and compare every figure',
        response: { 202: z.object({ id: z.string() }) },
      },
    },
    async (_request, reply) => {
      const { id, begun } = await beginVerification(pool, { id: randomUUID(), generation });
      if (begun) {
        const task = run(id).finally(() => running.delete(task));
        running.add(task);
      }
      return await reply.code(202).send({ id });
    },
  );

  app.get(
    '/v1/metrics/verifications/:id',
    {
      onRequest: requireKey('read'),
      schema: {
        tags: ['verifications'],
        summary: 'State and result of a verification',
        params: z.object({ id: z.string() }),
        response: { 200: verification },
      },
    },
    async (request) => {
      const { id } = request.params;
      const found = z.uuid().safeParse(id).success ? await findVerification(pool, id) : null;
      if (found === null) throw new AppError('verification_not_found', '');
      return present(found);
    },
  );

  return {
    async settled() {
      await Promise.all(running);
    },
  };
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
