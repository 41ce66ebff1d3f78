import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const email = (value: string): Identifier => ({ type: 'email', value });
const order = (value: string): Identifier => ({ type: 'order_id', value });
const explain = (ref: string, query = '') => harness.profile(ref, `/explain${query}`);
const and = async (ref: string, other: string) =>
  (await explain(ref, `?and=${encodeURIComponent(other)}`)).body.and;
const end = ({ type, value }: Identifier) => ({ id: harness.ids.identifierId(type, value), type, value });
const at = (minute: number) => `2026-03-01T10:0${minute}:00.000Z`;

async function memberOf(ref: string, { type, value }: Identifier) {
  const { body } = await explain(ref);
  return body.members.find(
    ({ identifier }: { identifier: Identifier }) => identifier.type === type && identifier.value === value,
  );
}

describe('GET /v1/profiles/{ref}/explain', () => {
  test('shows of each identifier the link that holds it, with the touchpoints that say so', async () => {
    await harness.send([
      touchpoint([user('ann'), email('ann@example.org')], {
        id: 'signed-up',
        name: 'Signed Up',
        occurredAt: at(1),
      }),
      touchpoint([cookie('ann-cookie'), email('ann@example.org')], {
        id: 'left-address',
        trust: 'public',
        occurredAt: at(2),
        receivedAt: at(3),
      }),
      touchpoint([cookie('ann-cookie'), { type: 'phone', value: '+4930123' }], {
        id: 'called',
        trust: 'public',
        occurredAt: at(4),
      }),
    ]);
    const { status, body } = await explain('user_id:ann');
    expect(status).toBe(200);
    expect(body).toMatchObject({ profile: end(user('ann')).id, nextCursor: null, and: null });
    expect(await memberOf('user_id:ann', user('ann'))).toEqual({
      identifier: end(user('ann')),
      heldBy: null,
      blocked: false,
      sharedAt: null,
      mixedAt: null,
      boundStage: 0,
      refused: [],
      refusedTruncated: false,
    });
    expect((await memberOf('user_id:ann', email('ann@example.org'))).heldBy).toEqual({
      to: end(user('ann')),
      kind: 'direct',
      trust: 'server',
      via: null,
      decision: null,
      shownBy: [{ source: 'server', id: 'signed-up', name: 'Signed Up', occurredAt: at(1), rankedAt: at(1) }],
    });
    const phone = await memberOf('user_id:ann', { type: 'phone', value: '+4930123' });
    expect(phone.heldBy).toMatchObject({
      to: end(email('ann@example.org')),
      kind: 'inferred',
      trust: 'public',
      via: end(cookie('ann-cookie')),
    });
    expect(phone.heldBy.shownBy.toSorted(byId)).toEqual([
      expect.objectContaining({ id: 'called' }),
      expect.objectContaining({ id: 'left-address', occurredAt: at(2), rankedAt: at(3) }),
    ]);
    expect((await memberOf('user_id:ann', cookie('ann-cookie'))).heldBy).toMatchObject({
      to: { type: 'email' },
      kind: 'direct',
      trust: 'public',
    });
  });

  test('names the decision that merged, and the alias of a server', async () => {
    await harness.send([
      touchpoint([user('merged-1')]),
      touchpoint([user('merged-2')]),
      touchpoint([user('alias-new'), user('alias-old')], { type: 'alias' }),
    ]);
    const made = await harness.call('POST', '/v1/identity/decisions', {
      body: { kind: 'merge', refs: ['user_id:merged-1', 'user_id:merged-2'] },
    });
    const { body } = await explain('user_id:merged-1');
    expect(body.members.flatMap((member: { heldBy: unknown }) => member.heldBy ?? [])).toEqual([
      { to: expect.anything(), kind: 'merge', trust: null, via: null, decision: made.body.id, shownBy: [] },
    ]);
    const alias = (await explain('user_id:alias-new')).body;
    expect(alias.members.flatMap((member: { heldBy: unknown }) => member.heldBy ?? [])).toEqual([
      expect.objectContaining({ kind: 'alias', trust: 'server' }),
    ]);
  });

  test('says why links that lead elsewhere join nothing', async () => {
    await harness.send([
      touchpoint([user('bob'), email('both@example.org')], { occurredAt: at(0) }),
      touchpoint([user('bea'), email('both@example.org')], { occurredAt: at(1) }),
      touchpoint([user('bob'), cookie('tablet')], { occurredAt: at(2) }),
      touchpoint([user('bea'), cookie('tablet')], { occurredAt: at(3) }),
      touchpoint([user('bea'), order('7')], { occurredAt: at(4) }),
      touchpoint([user('bob'), order('7')], { occurredAt: at(5), trust: 'public' }),
    ]);
    const { refused, heldBy } = await memberOf('user_id:bea', user('bea'));
    expect(heldBy).toBeNull();
    const reasons = Object.fromEntries(
      refused.map((link: { to: Identifier; reason: string }) => [link.to.value, link.reason]),
    );
    expect(reasons).toEqual({ 'both@example.org': 'limit', tablet: 'outranked' });
    const limit = refused.find((link: { reason: string }) => link.reason === 'limit');
    expect(limit).toMatchObject({
      kind: 'direct',
      trust: 'server',
      explanation: 'one person would have too many identifiers of the type user_id',
      split: null,
    });
    expect(limit.shownBy).toHaveLength(1);
    const ofOrder = await memberOf('user_id:bea', order('7'));
    expect(ofOrder.refused).toEqual([
      expect.objectContaining({ to: end(user('bob')), reason: 'vouched', trust: 'public' }),
    ]);
    expect((await memberOf('user_id:bob', cookie('tablet'))).mixedAt).toBe('server');
  });

  test('says that an identifier is shared or blocked', async () => {
    const phone: Identifier = { type: 'phone', value: '+49800' };
    await harness.send([
      ...Array.from({ length: 6 }, (_, n) => touchpoint([user(`caller-${n}`), phone])),
      touchpoint([user('at-desk'), email('desk@blocked.example')]),
    ]);
    const own = await memberOf('phone:+49800', phone);
    expect(own.sharedAt).toBe('server');
    expect(own.refused).toHaveLength(6);
    for (const link of own.refused) {
      expect(link).toMatchObject({
        reason: 'shared',
        explanation: 'phone is shared by too many to say who this is',
      });
    }
    expect((await memberOf('email:desk@blocked.example', email('desk@blocked.example'))).blocked).toBe(true);
    expect(await and('user_id:at-desk', 'email:desk@blocked.example')).toMatchObject({
      verdict: 'blocked',
      merge: 'refused',
    });
  });

  test('goes through all identifiers in pages, each once', async () => {
    const cookies = Array.from({ length: 5 }, (_, n) => cookie(`paged-${n}`));
    await harness.send([
      touchpoint([user('paged'), email('paged@example.org'), ...cookies]),
      touchpoint([user('paged'), order('paged-1')]),
    ]);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await explain('user_id:paged', `?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(body.members.length).toBeLessThanOrEqual(3);
      seen.push(...body.members.map(({ identifier }: { identifier: Identifier }) => identifier.value));
      cursor = body.nextCursor;
    }
    expect(seen.toSorted()).toEqual(
      ['paged', 'paged@example.org', 'paged-1', ...cookies.map(({ value }) => value)].toSorted(),
    );
  });

  test('cuts the links of a hub and says so', async () => {
    const hub = email('hub@example.org');
    await harness.send(Array.from({ length: 30 }, (_, n) => touchpoint([user(`hub-${n}`), hub])));
    const member = await memberOf('email:hub@example.org', hub);
    expect(member.refused).toHaveLength(20);
    expect(member.refusedTruncated).toBe(true);
  });

  test('knows nothing of strangers and refuses what is no parameter', async () => {
    expect((await explain('user_id:stranger')).body.code).toBe('profile_not_found');
    expect((await explain('user_id:ann', '?and=user_id:stranger')).body).toMatchObject({
      code: 'profile_not_found',
      field: 'and',
    });
    for (const query of ['?cursor=nonsense', '?limit=0', '?and=nothing', '?from=2026-01-01T00:00:00Z']) {
      expect((await explain('user_id:ann', query)).body.code).toBe('invalid_parameter');
    }
    const { status } = await harness.call('GET', '/v1/profiles/user_id:ann/explain', { key: 'write' });
    expect(status).toBe(403);
  });
});

describe('GET /v1/profiles/{ref}/explain?and=', () => {
  test('leads from one identifier of a profile to another', async () => {
    await harness.send([
      touchpoint([user('eve'), email('eve@example.org')]),
      touchpoint([email('eve@example.org'), cookie('eve-1')]),
      touchpoint([user('eve'), cookie('eve-2')]),
    ]);
    const pair = await and('anonymous_id:eve-1', 'anonymous_id:eve-2');
    expect(pair).toMatchObject({
      profile: end(user('eve')).id,
      verdict: 'one_profile',
      refused: [],
      merge: 'superfluous',
      truncated: false,
    });
    expect(
      pair.path.map((link: { from: Identifier; to: Identifier }) => [link.from.value, link.to.value]),
    ).toEqual([
      ['eve-1', 'eve@example.org'],
      ['eve@example.org', 'eve'],
      ['eve', 'eve-2'],
    ]);
  });

  test('says that nothing links two profiles', async () => {
    await harness.send([touchpoint([user('alone-1')]), touchpoint([user('alone-2')])]);
    expect(await and('user_id:alone-1', 'user_id:alone-2')).toEqual({
      profile: end(user('alone-2')).id,
      verdict: 'no_evidence',
      path: [],
      refused: [],
      notInferred: [],
      splits: [],
      truncated: false,
      merge: 'possible',
    });
  });

  test('names the links that were refused, and the split that keeps two apart', async () => {
    await harness.send([touchpoint([user('fay'), email('fay@example.org')], { id: 'fay-signed-up' })]);
    const { body } = await harness.call('POST', '/v1/identity/decisions', {
      body: { kind: 'split', sides: [['user_id:fay'], ['email:fay@example.org']] },
    });
    expect(await and('user_id:fay', 'email:fay@example.org')).toMatchObject({
      verdict: 'split',
      splits: [body.id],
      refused: [
        {
          reason: 'split',
          split: body.id,
          kind: 'direct',
          trust: 'server',
          shownBy: [{ id: 'fay-signed-up' }],
        },
      ],
      merge: 'possible',
    });
    const ends = [user('fay'), email('fay@example.org')].map((one) => end(one).id);
    const [link] = (await and('user_id:fay', 'email:fay@example.org')).refused;
    expect(new Set([link.from.id, link.to.id])).toEqual(new Set(ends));
  });

  test('names the public evidence that does not join two people whom a server knows', async () => {
    await harness.send([
      touchpoint([user('known-1'), cookie('known-1')]),
      touchpoint([email('known@example.org'), cookie('known-2')]),
      touchpoint([user('known-1'), email('known@example.org')], { trust: 'public' }),
    ]);
    expect(await and('user_id:known-1', 'email:known@example.org')).toMatchObject({
      verdict: 'refused',
      refused: [{ reason: 'two_known', trust: 'public' }],
    });
  });

  test('names the device that met both and says nothing', async () => {
    await harness.send([
      touchpoint([user('gil'), cookie('family')]),
      touchpoint([user('gus'), cookie('family')]),
      touchpoint([user('gil'), order('shared-number')]),
      touchpoint([user('gus'), order('shared-number')]),
    ]);
    const pair = await and('user_id:gil', 'user_id:gus');
    expect(pair.verdict).toBe('not_inferred');
    expect(
      pair.notInferred
        .map(({ via, reason }: { via: Identifier; reason: string }) => [via.value, reason])
        .toSorted(),
    ).toEqual([
      ['family', 'mixed'],
      ['shared-number', 'ambiguous'],
    ]);
  });
});

function byId(left: { id: string }, right: { id: string }): number {
  return left.id < right.id ? -1 : 1;
}
