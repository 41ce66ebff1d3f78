import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

type Answer = Awaited<ReturnType<HttpHarness['call']>>['body'];

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const email = (value: string): Identifier => ({ type: 'email', value });
const profileOf = async (ref: string): Promise<string> => (await harness.profile(ref)).body.id;
const idOf = ({ type, value }: Identifier) => harness.ids.identifierId(type, value);

async function settled(version: number, states: string[]): Promise<Answer> {
  let found: Answer = {};
  await poll(async () => {
    found = (await harness.call('GET', `/v1/identity/policies/${version}`)).body;
    return states.includes(found.state);
  });
  return found;
}

async function draft(policy: object): Promise<Answer> {
  const { status, body } = await harness.call('POST', '/v1/identity/policies', { body: { policy } });
  expect(status).toBe(202);
  return await settled(body.version, ['evaluated']);
}

async function change(policy: object): Promise<Answer> {
  const { status, body } = await harness.call('PUT', '/v1/identity/policy', { body: { policy } });
  expect(status).toBe(202);
  return await settled(body.version, ['in_force']);
}

describe('the policy', () => {
  test('begins as the deployment says, with what is shipped', async () => {
    const { body } = await harness.call('GET', '/v1/identity/policy');
    expect(body).toMatchObject({
      version: 1,
      kind: 'first',
      state: 'in_force',
      policy: {
        blocked: { block: { email: ['desk@blocked.example'] } },
        limits: { loyalty_id: 3, email: 5, phone: 5, external: 1 },
        sharedDegree: 5,
        attachedDegree: 20,
        crowdDegree: 500,
        normalization: { phoneRegion: 'DE' },
      },
    });
  });

  test('reports what another one would change, and changes nothing until it is put in force', async () => {
    const office = email('office@policy.example');
    await harness.send([
      touchpoint([user('p-1'), office]),
      touchpoint([{ type: 'loyalty_id', value: 'p-card' }, office]),
      touchpoint([user('p-2'), email('p2@policy.example')]),
    ]);
    const founder = idOf(user('p-1'));
    const evaluated = await draft({ blocked: { patterns: { email: ['office@*'] } } });
    expect(evaluated.report).toMatchObject({ identifiers: 2, profilesJoined: 0, profilesParted: 1 });
    expect(evaluated.report.examples[0]).toMatchObject({
      kind: 'parted',
      profile: { id: founder, type: 'user_id', value: 'p-1' },
    });
    expect(evaluated.progress.done).toBe(evaluated.progress.total);
    expect(await profileOf('loyalty_id:p-card')).toBe(founder);

    await harness.call('POST', `/v1/identity/policies/${evaluated.version}/activate`);
    await settled(evaluated.version, ['in_force']);
    expect(await profileOf('loyalty_id:p-card')).toBe(idOf({ type: 'loyalty_id', value: 'p-card' }));
    expect((await harness.profile('email:office@policy.example')).body.identified).toBe(false);
    expect(await profileOf('email:p2@policy.example')).toBe(idOf(user('p-2')));
    // What comes from now on is resolved by it.
    await harness.send([touchpoint([user('p-2'), office])]);
    expect((await harness.profile('user_id:p-2')).body.identifierCount).toBe(2);

    await change({});
    const restored = await profileOf('loyalty_id:p-card');
    expect(restored).toBe(await profileOf('user_id:p-1'));
    expect(restored).toBe(await profileOf('email:office@policy.example'));
  });

  test('limits how many of a type one profile has', async () => {
    const cards = ['l-1', 'l-2', 'l-3'].map((value): Identifier => ({ type: 'loyalty_id', value }));
    await harness.send(cards.map((card) => touchpoint([user('limited'), card])));
    expect((await harness.profile('user_id:limited')).body.identifierCount).toBe(4);
    await change({ limits: { loyalty_id: 1 } });
    expect((await harness.profile('user_id:limited')).body.identifierCount).toBe(2);
    const { body } = await harness.call('GET', '/v1/profiles/user_id:limited/links');
    expect(body.refused ?? body.items).not.toEqual([]);
    expect(JSON.stringify(body)).toContain('"limit"');
    await change({});
    expect((await harness.profile('user_id:limited')).body.identifierCount).toBe(4);
  });

  test('says from how many people on an identifier is shared', async () => {
    const till: Identifier = { type: 'device_id', value: 'policy-till' };
    const people = ['s-1', 's-2', 's-3'];
    await harness.send([
      touchpoint([user('s-1'), till]),
      ...people.map((one, place) =>
        touchpoint([user(one), email('shared@policy.example')], {
          occurredAt: `2026-02-0${place + 1}T00:00:00.000Z`,
        }),
      ),
      touchpoint([till, email('shared@policy.example')]),
    ]);
    expect(await profileOf('email:shared@policy.example')).toBe(idOf(user('s-1')));
    await change({ sharedDegree: 2 });
    expect(await profileOf('email:shared@policy.example')).toBe(idOf(email('shared@policy.example')));
    await change({});
    expect(await profileOf('email:shared@policy.example')).toBe(idOf(user('s-1')));
  });

  test('keeps what decisions have joined, and withdrawals of evidence', async () => {
    await harness.send([
      touchpoint([user('kept-1')]),
      touchpoint([user('kept-2')]),
      touchpoint([user('kept-1'), email('kept@policy.example')], { source: 'crm', id: 'kept' }),
    ]);
    await harness.call('POST', '/v1/identity/decisions', {
      body: { kind: 'merge', refs: ['user_id:kept-1', 'user_id:kept-2'] },
    });
    const { body: withdrawal } = await harness.call('POST', '/v1/identity/withdrawals', {
      body: { source: 'crm', touchpoint: 'kept' },
    });
    await settled(withdrawal.evaluation.version, ['in_force']);
    const current = await change({ crowdDegree: 400 });
    expect(current).toMatchObject({ kind: 'policy', withdrawals: 1 });
    expect(await profileOf('user_id:kept-1')).toBe(await profileOf('user_id:kept-2'));
    expect(await profileOf('email:kept@policy.example')).toBe(idOf(email('kept@policy.example')));
  });

  test('leaves an erased person erased, with a key for each touchpoint that is gone', async () => {
    const gone = [user('p-gone'), email('gone@policy.example')];
    const sent = [touchpoint(gone), touchpoint([user('p-gone')])];
    await harness.send(sent);
    const keys = sent.map(({ touchpoint: { source, id } }) => harness.ids.touchpointKey(source, id));
    const { status } = await harness.call('DELETE', `/v1/profiles/${await profileOf('user_id:p-gone')}`);
    expect(status).toBe(202);
    const stored = async () =>
      (
        await harness.pool.query<{ key: string; erased: boolean }>(
          'select key, identifiers is null as erased from identity.touchpoint where key = any($1::uuid[]) order by key',
          [keys],
        )
      ).rows;
    await poll(async () => (await stored()).every(({ erased }) => erased));
    await change({ crowdDegree: 300 });
    expect(await stored()).toEqual(keys.toSorted().map((key) => ({ key, erased: true })));
    expect((await harness.profile('user_id:p-gone')).status).toBe(404);
  });

  test.each([
    ['a region of telephone numbers that does not exist', { normalization: { phoneRegion: 'XX1' } }],
    ['a custom type that is none of `external`', { types: { user_id: {} } }],
    ['a custom type in a layer that there is not', { types: { 'external.badge': { layer: 'root' } } }],
    [
      'domains that stand for each other',
      {
        normalization: {
          phoneRegion: null,
          email: { domains: { 'a.example': 'b.example', 'b.example': 'a.example' } },
        },
      },
    ],
    ['a limit of a type that has none', { limits: { user_id: 2 } }],
    ['a pattern of nothing but any text', { blocked: { patterns: { email: ['**'] } } }],
    ['a field that it does not have', { sharedDegre: 3 }],
  ])('cannot have %s', async (_what, policy) => {
    const { status, body } = await harness.call('PUT', '/v1/identity/policy', { body: { policy } });
    expect([status, body.code]).toEqual([400, 'invalid_parameter']);
  });

  test('is put in force once, and cannot be discarded then', async () => {
    const { body } = await harness.call('GET', '/v1/identity/policy');
    const path = `/v1/identity/policies/${body.version}`;
    expect((await harness.call('POST', `${path}/activate`)).status).toBe(202);
    expect((await harness.call('DELETE', path)).body.code).toBe('rules_conflict');
    expect((await harness.call('POST', '/v1/identity/policies/1/activate')).body.code).toBe('rules_conflict');
    expect((await harness.call('GET', '/v1/identity/policies/999')).body.code).toBe('policy_not_found');
    for (const key of ['read', 'server'] as const)
      expect((await harness.call('GET', '/v1/identity/policy', { key })).status).toBe(403);
    const { body: list } = await harness.call('GET', '/v1/identity/policies?limit=2');
    expect(list.items).toHaveLength(2);
    expect(list.nextCursor).toBe(String(body.version - 1));
  });
});
