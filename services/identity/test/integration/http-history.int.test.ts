import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const email = (value: string): Identifier => ({ type: 'email', value });
const history = (ref: string, query = '') => harness.profile(ref, `/history${query}`);

/** Oldest first, in short. */
async function storyOf(ref: string): Promise<string[]> {
  const { body } = await history(ref, '?limit=100');
  return body.items.toReversed().map(summarize);
}

// oxlint-disable-next-line typescript/no-explicit-any -- an answer of the API
function summarize({ change, identifier, from, to, touchpoint: by, decision, shared }: any): string {
  if (identifier === null) return `${decision.kind} ${change}`;
  const reason = by?.id ?? decision?.kind ?? shared?.value ?? 'nothing';
  return `${identifier.value} ${change} ${from?.value ?? 'new'} > ${to.value} by ${reason}`;
}

async function settleRechecks(): Promise<void> {
  await poll(async () => (await harness.pool.query('select from identity.recheck limit 1')).rowCount === 0);
}

describe('GET /v1/profiles/{ref}/history', () => {
  test('lists joins and attachments with the touchpoints that brought them about', async () => {
    await harness.send([touchpoint([cookie('ann-cookie')], { id: 'visit' })]);
    await harness.send([touchpoint([cookie('ann-cookie'), email('ann@example.org')], { id: 'newsletter' })]);
    await harness.send([
      touchpoint([cookie('ann-cookie'), user('ann')], {
        id: 'login',
        occurredAt: '2026-03-02T10:00:00.000Z',
      }),
    ]);
    const [first, ...together] = await storyOf('user_id:ann');
    expect(first).toBe('ann-cookie attached ann-cookie > ann@example.org by newsletter');
    expect(new Set(together)).toEqual(
      new Set([
        'ann-cookie moved ann@example.org > ann by login',
        'ann@example.org joined ann@example.org > ann by login',
      ]),
    );
    const { body } = await history('user_id:ann');
    expect(body.profile).toBe(harness.ids.identifierId('user_id', 'ann'));
    expect(body.items.find(({ change }: { change: string }) => change === 'joined')).toMatchObject({
      at: expect.stringMatching(/Z$/),
      cause: 'merge',
      identifier: { type: 'email', value: 'ann@example.org' },
      touchpoint: {
        source: 'server',
        id: 'login',
        name: 'Product Viewed',
        occurredAt: '2026-03-02T10:00:00.000Z',
      },
      decision: null,
      shared: null,
    });
  });

  test('says what decisions did, and that they were withdrawn', async () => {
    await harness.send([touchpoint([user('bob')]), touchpoint([user('bea')])]);
    const made = await harness.call('POST', '/v1/identity/decisions', {
      body: { kind: 'merge', refs: ['user_id:bob', 'user_id:bea'], note: 'by phone' },
    });
    await harness.call('DELETE', `/v1/identity/decisions/${made.body.id}`);
    const split = await harness.call('POST', '/v1/identity/decisions', {
      body: { kind: 'split', sides: [['user_id:bob'], ['user_id:bea']] },
    });
    expect(split.status).toBe(201);
    const [one, other] = ['bob', 'bea'].toSorted((left, right) =>
      harness.ids.identifierId('user_id', left) < harness.ids.identifierId('user_id', right) ? -1 : 1,
    );
    const story = [
      'merge decided',
      `${other} joined ${other} > ${one} by merge`,
      'merge withdrawn',
      `${other} parted ${one} > ${other} by merge`,
      'split decided',
    ];
    expect(await storyOf('user_id:bob')).toEqual(story);
    expect(await storyOf('user_id:bea')).toEqual(story);
    const { body } = await history('user_id:bob');
    expect(body.items[1]).toMatchObject({
      cause: 'withdrawal',
      decision: { id: made.body.id, note: 'by phone' },
    });
  });

  test('names the identifier that became shared', async () => {
    const phone: Identifier = { type: 'phone', value: '+49800' };
    await harness.send([touchpoint([user('caller-0'), phone], { id: 'first-call' })]);
    await harness.send(Array.from({ length: 5 }, (_, n) => touchpoint([user(`caller-${n + 1}`), phone])));
    await settleRechecks();
    const story = await storyOf('phone:+49800');
    expect(story[0]).toBe('+49800 joined new > caller-0 by first-call');
    expect(story.at(-1)).toMatch(/^\+49800 parted caller-0 > \+49800 by /);
  });

  test('goes through everything in pages, each entry once', async () => {
    for (let n = 0; n < 5; n += 1) await harness.send([touchpoint([user('paged'), cookie(`paged-${n}`)])]);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await history('user_id:paged', `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ identifier }: { identifier: Identifier }) => identifier.value));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(['paged-4', 'paged-3', 'paged-2', 'paged-1', 'paged-0']);
  });

  test('writes nothing for touchpoints that change no membership', async () => {
    const again = () => touchpoint([user('quiet'), cookie('quiet-cookie')]);
    await harness.send([again()]);
    await harness.send([again(), again()]);
    expect(await storyOf('user_id:quiet')).toHaveLength(1);
  });

  test('knows nothing of strangers and refuses what is no cursor', async () => {
    expect((await history('user_id:stranger')).body.code).toBe('profile_not_found');
    for (const query of ['?cursor=nonsense', '?limit=0', '?from=2026-01-01T00:00:00Z']) {
      expect((await history('user_id:ann', query)).body.code).toBe('invalid_parameter');
    }
    const { status } = await harness.call('GET', '/v1/profiles/user_id:ann/history', { key: 'server' });
    expect(status).toBe(403);
  });
});
