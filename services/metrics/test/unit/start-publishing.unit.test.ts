import { createLogger, type Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import { expect, test } from 'vitest';
import { startPublishing, type PublishingOptions } from '../../src/consume/start-publishing.ts';

test('journeys wait while the stream is behind', async () => {
  let isBehind = true;
  let looks = 0;
  let questions = 0;
  const pool = {
    query: () => {
      questions += 1;
      return Promise.resolve({ rows: [{ hasWork: false }] });
    },
  } as unknown as Pool;
  const publishing = startPublishing({
    pool,
    figures: { calendar: { dayOf: () => 20_000 } } as unknown as PublishingOptions['figures'],
    outbox: { write: () => Promise.reject(new Error('nothing is to be written')) },
    partitions: 1,
    nudge: () => undefined,
    logger: createLogger({ service: 'metrics', level: 'silent' }),
    summary: {} as unknown as Summary,
    now: () => 0,
    load: {
      isBehind: () => {
        looks += 1;
        return isBehind;
      },
    },
    intervalMs: 1,
  });
  await expect.poll(() => looks).toBeGreaterThan(5);
  expect(questions).toBe(0);
  isBehind = false;
  await expect.poll(() => questions).toBeGreaterThan(0);
  await publishing.stop();
});
