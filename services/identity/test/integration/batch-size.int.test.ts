import { inTransaction } from '@throughline/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BatchTooLarge } from '../../src/consume/graph-reader.ts';
import { consumeIn } from './consume-in.ts';
import { touchpoint, user } from './http-harness.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

let harness: IdentityHarness;
beforeAll(async () => {
  harness = await startHarness({ partitions: 1, maxBatchRows: 12 });
});
afterAll(() => harness.close());

const address = (value: string) => ({ type: 'email' as const, value: `${value}@example.org` });

/** Touchpoints that each concern a customer with four addresses. */
async function prepare(name: string): Promise<ReturnType<typeof touchpoint>[]> {
  const customers = ['ann', 'bob', 'eve'].map((customer) => `${name}-${customer}`);
  await harness.send(
    customers.map((one) => touchpoint([user(one), ...[1, 2, 3, 4].map((n) => address(`${one}-${n}`))])),
  );
  await harness.settle();
  return customers.map((one) => touchpoint([user(one), { type: 'phone', value: `+4930${one.length}00` }]));
}

describe('a batch that concerns more of the graph than one transaction may read', () => {
  test('is refused whole, and its touchpoints alone are not', async () => {
    const consume = (touchpoints: readonly ReturnType<typeof touchpoint>[]) =>
      inTransaction(harness.identity.context.pool, (client) => consumeIn(client, harness, touchpoints));
    const touchpoints = await prepare('refused');
    await expect(consume(touchpoints)).rejects.toBeInstanceOf(BatchTooLarge);
    for (const one of touchpoints) await consume([one]);
  });

  test('is halved by the loop until it is small enough, and nothing is set aside', async () => {
    await harness.send(await prepare('halved'));
    await harness.settle();
    const { rows } = await harness.pool.query<{ resolved: number; letters: number }>(
      `select (select count(*)::integer from identity.touchpoint) as resolved,
              (select count(*)::integer from identity.dead_letter) as letters`,
    );
    expect(rows[0]).toEqual({ resolved: 12, letters: 0 });
  });
});
