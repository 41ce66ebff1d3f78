import { silentLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { expect, test } from 'vitest';
import { createConsumerWatch } from '../../src/index.ts';
import { until } from '@throughline/testkit';

test('a watch that has never seen anything grows old like one that sees nothing any more', async () => {
  const never = () => new Promise<never>(() => {});
  const watch = createConsumerWatch({
    pool: { query: never } as unknown as Pool,
    schema: 'consumer',
    log: { subscribe: never, lag: never, owned: never, recordAges: never },
    logger: silentLog,
    hasOutbox: true,
    lookIntervalMs: 5,
  });
  const before = watch.report().lookedSecondsAgo;
  await until('it has grown older', () => watch.report().lookedSecondsAgo > before);
  expect(watch.report().consumers).toEqual([]);
  await watch.stop();
});
