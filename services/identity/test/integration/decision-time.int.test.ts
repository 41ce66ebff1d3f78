import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
  await harness.send(Array.from({ length: 10 }, (_, n) => touchpoint([user(`c${n}`)])));
});
afterAll(() => harness.close());

const decide = async (body: unknown): Promise<{ id: string; madeAt: string }> => {
  const { status, body: made } = await harness.call('POST', '/v1/identity/decisions', { body });
  expect(status).toBe(201);
  return made;
};

describe('the time of a decision', () => {
  test('a split after a merge separates, even when its process has a clock far behind', async () => {
    const refs = ['user_id:c0', 'user_id:c1'];
    const merge = await decide({ kind: 'merge', refs });
    // As if the merge had been made by a process whose clock is two hours ahead.
    const { rows } = await harness.pool.query<{ made_at: Date }>(
      `update identity.decision set made_at = made_at + interval '2 hours' where id = $1 returning made_at`,
      [merge.id],
    );
    const split = await decide({ kind: 'split', sides: refs.map((ref) => [ref]) });
    expect(new Date(split.madeAt).getTime()).toBeGreaterThan(rows[0]?.made_at.getTime() ?? Infinity);
    const [one, other] = await Promise.all(refs.map((ref) => harness.profile(ref)));
    expect(one?.body.id).not.toBe(other?.body.id);
  });

  test('decisions made at once have different, ascending times in the order of their commits', async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        decide({ kind: 'merge', refs: [`user_id:c${n}`, `user_id:c${n + 1}`] }),
      ),
    );
    const { rows } = await harness.pool.query<{ made_at: Date }>(
      'select made_at from identity.decision order by xmin::text::bigint',
    );
    const times = rows.map(({ made_at }) => made_at.getTime());
    expect(new Set(times).size).toBe(times.length);
    const made = times.slice(-8);
    expect(made).toEqual(made.toSorted((left, right) => left - right));
  });
});
