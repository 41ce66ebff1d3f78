/** `/livez` tells that the process turns, `/readyz` that it can do its work: database, log and migrations, but not lag. */
import { AppError } from '@throughline/contracts';
import { z } from 'zod';
import type { HttpApp } from './http-app.ts';

/** Resolves when the thing is well. */
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
        names.map((name) => withTimeout(checks[name] as ReadinessCheck)),
      );
      const failed = names.filter((_, index) => results[index]?.status === 'rejected');
      if (failed.length > 0) {
        const code = failed.every((name) => name === 'log') ? 'log_unavailable' : 'database_unavailable';
        const reasons = Object.fromEntries(
          names.flatMap((name, index) => {
            const result = results[index];
            return result?.status === 'rejected' ? [[name, reasonOf(result.reason)]] : [];
          }),
        );
        throw new AppError(code, `not ready: ${failed.join(', ')}`, { failed, reasons });
      }
      return { ready: true as const, checks: Object.fromEntries(names.map((name) => [name, 'ok'])) };
    },
  );
}

async function withTimeout(check: ReadinessCheck): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(Object.assign(new Error('timeout'), { code: 'timeout' })),
    checkTimeoutMs,
  );
  try {
    await Promise.race([check(), promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A word that stays the same, and no more: whoever asks has no key. The log has the rest. */
function reasonOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  const word = error instanceof AppError && cause !== undefined ? (cause as { code?: unknown }).code : code;
  return typeof word === 'string' && /^\w{1,40}$/.test(word) ? word : 'unknown';
}
