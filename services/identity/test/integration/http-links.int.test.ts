import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const links = (ref: string, query = '') => harness.profile(ref, `/links${query}`);

describe('GET /v1/profiles/{ref}/links', () => {
  test('shows the first evidence of each level, and which identifier is attached to which', async () => {
    const at = (minute: number) => `2026-03-01T10:0${minute}:00.000Z`;
    const pair = [user('linked'), cookie('linked-cookie')];
    await harness.send([
      touchpoint(pair, { id: 'later', occurredAt: at(3) }),
      touchpoint(pair, { id: 'first', occurredAt: at(2) }),
      touchpoint(pair, { id: 'public', occurredAt: at(1), receivedAt: at(5), trust: 'public' }),
    ]);
    const { status, body } = await links('user_id:linked');
    expect(status).toBe(200);
    const id = harness.ids.identifierId('user_id', 'linked');
    expect(body).toEqual({
      profile: id,
      items: [
        {
          weaker: {
            id: harness.ids.identifierId('anonymous_id', 'linked-cookie'),
            type: 'anonymous_id',
            value: 'linked-cookie',
          },
          stronger: { id, type: 'user_id', value: 'linked' },
          evidence: {
            server: { at: at(2), source: 'server', touchpoint: 'first' },
            verified: null,
            public: { at: at(5), source: 'website', touchpoint: 'public' },
          },
          standing: 'server',
          alias: false,
          isParent: true,
          refused: null,
        },
      ],
      nextCursor: null,
      refused: [],
      refusedTruncated: false,
    });
  });

  test('says why two people were not made one', async () => {
    const email: Identifier = { type: 'email', value: 'two@example.org' };
    await harness.send([
      touchpoint([user('one'), email], { occurredAt: '2026-03-01T10:00:00.000Z' }),
      touchpoint([user('two'), email], { occurredAt: '2026-03-01T11:00:00.000Z' }),
    ]);
    const { body } = await links('user_id:two');
    expect(body.refused).toEqual([
      {
        kind: 'direct',
        reason: 'limit',
        ends: expect.arrayContaining([
          expect.objectContaining({ value: 'two' }),
          expect.objectContaining({ value: 'two@example.org' }),
        ]),
      },
    ]);
    expect(body.items).toEqual([expect.objectContaining({ standing: 'server', refused: 'limit' })]);
  });

  test('shows that a shared identifier links nothing', async () => {
    const phone: Identifier = { type: 'phone', value: '+49800' };
    await harness.send(Array.from({ length: 6 }, (_, n) => touchpoint([user(`caller-${n}`), phone])));
    const { body } = await links('phone:+49800', '?limit=4');
    expect(body.items).toHaveLength(4);
    for (const item of body.items) expect(item).toMatchObject({ standing: null, refused: 'shared' });
    const rest = await links('phone:+49800', `?limit=4&cursor=${body.nextCursor}`);
    expect(rest.body.items).toHaveLength(2);
    expect(rest.body.nextCursor).toBeNull();
  });

  test('knows nothing of strangers and refuses what is no cursor', async () => {
    expect((await links('user_id:stranger')).body.code).toBe('profile_not_found');
    for (const query of ['?cursor=nonsense', '?limit=0', '?from=2026-01-01T00:00:00Z']) {
      expect((await links('user_id:linked', query)).body.code).toBe('invalid_parameter');
    }
    const { status } = await harness.call('GET', '/v1/profiles/user_id:linked/links', { key: 'write' });
    expect(status).toBe(403);
  });
});
