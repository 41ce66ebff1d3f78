/** `/livez`: the process runs. `/readyz`: it can do its work (database, log, migrations, clock), whatever its lag. */
import { AppError, type ProblemCode } from '@throughline/contracts';
import { NoAnswerInTime, withTimeout } from '@throughline/timing';
import { z } from 'zod';
import type { HttpApp } from './http-app.ts';

/** Resolves when the checked part works; with a text when there is something to say of it. */
export type ReadinessCheck = () => Promise<unknown>;

const checkTimeoutMs = 2_000;

export function addHealthRoutes(app: HttpApp, checks: Readonly<Record<string, ReadinessCheck>>): void {
  app.get(
    '/livez',
    { schema: { tags: ['operations'], response: { 200: z.object({ alive: z.literal(true) }) } } },
    () => ({ alive: true as const }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'],
        response: { 200: z.object({ ready: z.literal(true), checks: z.record(z.string(), z.string()) }) },
      },
    },
    async () => {
      const names = Object.keys(checks);
      const results = await Promise.allSettled(
        names.map(
          async (name) => await withTimeout((checks[name] as ReadinessCheck)(), checkTimeoutMs, name),
        ),
      );
      const failed = names.filter((_, index) => results[index]?.status === 'rejected');
      if (failed.length > 0) {
        const code = codeOf(failed);
        const reasons = Object.fromEntries(
          names.flatMap((name, index) => {
            const result = results[index];
            return result?.status === 'rejected' ? [[name, reasonOf(result.reason)]] : [];
          }),
        );
        throw new AppError(code, `not ready: ${failed.join(', ')}`, { failed, reasons });
      }
      const words = names.map((name, index) => [name, wordOf(results[index])]);
      return { ready: true as const, checks: Object.fromEntries(words) as Record<string, string> };
    },
  );
}

function wordOf(result: PromiseSettledResult<unknown> | undefined): string {
  return result?.status === 'fulfilled' && typeof result.value === 'string' ? result.value : 'ok';
}

function codeOf(failed: readonly string[]): ProblemCode {
  if (failed.every((name) => name === 'clock')) return 'clock_skewed';
  return failed.every((name) => name === 'log') ? 'log_unavailable' : 'database_unavailable';
}

/** A stable word and no more: the request needs no key. The log has the rest. */
function reasonOf(error: unknown): string {
  if (error instanceof NoAnswerInTime) return 'timeout';
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  const word = error instanceof AppError && cause !== undefined ? (cause as { code?: unknown }).code : code;
  return typeof word === 'string' && /^\w{1,40}$/.test(word) ? word : 'unknown';
}
