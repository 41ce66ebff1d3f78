/** What is resolved and not sent yet must not pass for done: metrics adds up identity's lag and its own. */
import { consumerGroups, topics } from '@throughline/contracts';
import { findOutboxBacklog } from '@throughline/event-log';
import { until } from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { touchpoint, user } from './http-harness.ts';
import { startHarness, type IdentityHarness } from './identity-harness.ts';

let harness: IdentityHarness;
beforeAll(async () => {
  harness = await startHarness({ partitions: 1, hasRelay: true });
});
afterAll(() => harness.close());

test('identity seems to be behind as long as its outbox is not sent', async () => {
  const { pool, log } = harness;
  const reported = async () =>
    (await log.lag(consumerGroups.identity, [topics.touchpoints]))[0]?.nextOffset ?? 0;
  await harness.send([touchpoint([user('ada')])]);
  await until('the first record is reported', async () => (await reported()) === 1);

  // As a relay that is stalled: it has the rows, and sends nothing.
  const relay = await pool.connect();
  try {
    await relay.query('begin');
    await relay.query('select from identity.outbox_shard for update');
    await harness.send([touchpoint([user('bob')])]);
    await harness.settle();
    // Positions are reported every second.
    await until(
      'more than a report was due',
      async () => (await findOutboxBacklog(pool, 'identity')).oldestMs > 2_500,
    );
    expect(await reported()).toBe(1);
  } finally {
    await relay.query('rollback');
    relay.release();
  }
  await until('the second record is reported', async () => (await reported()) === 2);
});
