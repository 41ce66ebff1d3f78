/** Reading what was just written: a request may name a touchpoint, and is answered once it is in. */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@throughline/contracts';
import type { Pool } from 'pg';
import { z } from 'zod';
import { hasTouchpoint } from '../db/has-touchpoint.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import type { FreshnessReader } from './freshness.ts';

const defaultWaitMs = 10_000;
const firstPollMs = 20;
const longestPollMs = 200;
/** Requests that wait at once: each asks for one row several times a second. */
const maxWaiting = 100;

export const afterParameter = z
  .string()
  .max(500)
  .regex(/^[^/]+\/./s, { error: 'expected <source>/<id>' })
  .describe(
    'A touchpoint as `<source>/<id>`: the answer holds it. Waits for it, 10 s at most, and then answers 409 touchpoint_pending ' +
      'with how much is pending; 404 touchpoint_not_found where nothing is.',
  );

export type WaitForTouchpoint = (after: string) => Promise<void>;

/** @throws AppError touchpoint_not_found, touchpoint_pending, overloaded */
export function createWaitForTouchpoint(
  { pool, ids, freshness }: { pool: Pool; ids: IdentifierIds; freshness: FreshnessReader },
  waitMs = defaultWaitMs,
): WaitForTouchpoint {
  let waiting = 0;

  async function wait(key: string): Promise<void> {
    const deadline = performance.now() + waitMs;
    for (let pollMs = firstPollMs; ; pollMs = Math.min(2 * pollMs, longestPollMs)) {
      // Measured first: with nothing pending, everything that was accepted before the request is in.
      const measured = await freshness.read();
      if (await hasTouchpoint(pool, key)) return;
      if (measured.pendingRecords === 0) {
        throw new AppError('touchpoint_not_found', 'it was not accepted, and nothing is pending', {
          field: 'after',
          freshness: measured,
        });
      }
      if (performance.now() + pollMs > deadline) {
        throw new AppError('touchpoint_pending', `it is not in after ${waitMs} ms`, {
          field: 'after',
          freshness: measured,
        });
      }
      await delay(pollMs);
    }
  }

  return async (after) => {
    const slash = after.indexOf('/');
    const key = ids.touchpointKey(after.slice(0, slash), after.slice(slash + 1));
    if (waiting >= maxWaiting) throw new AppError('overloaded', 'too many requests wait for touchpoints');
    waiting += 1;
    try {
      await wait(key);
    } finally {
      waiting -= 1;
    }
  };
}
