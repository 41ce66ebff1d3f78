/** A policy that calls identifiers otherwise: another region of telephone numbers, rules of e-mail addresses, custom types. */
import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';
import { startIngestStub } from './ingest-stub.ts';

type Body = Awaited<ReturnType<HttpHarness['call']>>['body'];

let ingest: Awaited<ReturnType<typeof startIngestStub>>;
let harness: HttpHarness;
beforeAll(async () => {
  ingest = await startIngestStub();
  harness = await startHttpHarness({ ingestUrl: ingest.url });
});
afterAll(async () => {
  await harness.close();
  ingest.close();
});

const phone = (value: string): Identifier => ({ type: 'phone', value });
const email = (value: string): Identifier => ({ type: 'email', value });
const profileOf = async (ref: string): Promise<string> => (await harness.profile(ref)).body.id;

async function settled(version: number, state: string): Promise<Body> {
  let found: Body = {};
  await poll(async () => {
    found = (await harness.call('GET', `/v1/identity/policies/${version}`)).body;
    return found.state === state;
  });
  return found;
}

async function change(policy: object): Promise<Body> {
  const { status, body } = await harness.call('PUT', '/v1/identity/policy', { body: { policy } });
  expect([status, body.detail]).toEqual([202, undefined]);
  return await settled(body.version, 'in_force');
}

const inRegion = (phoneRegion: string | null) => change({ normalization: { phoneRegion } });

describe('the region of telephone numbers', () => {
  test('is changed with a report first, and joins people who wrote a number without its country code', async () => {
    await inRegion(null);
    await harness.send([
      touchpoint([user('r-till'), phone('030901840')]),
      touchpoint([{ type: 'loyalty_id', value: 'r-card' }, phone('+4930901840')]),
      touchpoint([user('r-other'), phone('030901841')]),
    ]);
    const formerId = harness.ids.keyedId('phone', '030901840');
    const { body: draft } = await harness.call('POST', '/v1/identity/policies', {
      body: { policy: { normalization: { phoneRegion: 'DE' } } },
    });
    const { report } = await settled(draft.version, 'evaluated');
    expect(report).toMatchObject({ profilesJoined: 1, profilesParted: 0 });
    expect(report.examples[0]).toMatchObject({
      kind: 'joined',
      profile: { type: 'user_id', value: 'r-till' },
    });
    expect(await profileOf('loyalty_id:r-card')).not.toBe(await profileOf('user_id:r-till'));

    await harness.call('POST', `/v1/identity/policies/${draft.version}/activate`);
    await settled(draft.version, 'in_force');
    const joined = await profileOf('loyalty_id:r-card');
    expect(joined).toBe(await profileOf('user_id:r-till'));
    // An id that was kept elsewhere still leads there.
    expect(await profileOf(formerId)).toBe(joined);
    expect((await harness.profile(joined)).body.identifiers.map(({ value }: Identifier) => value)).toEqual([
      'r-till',
      'r-card',
      '+4930901840',
    ]);
    expect((await harness.profile(joined)).body.touchpointCount).toBe(2);
    await harness.send([touchpoint([email('r@naming.example'), phone('030901840')])]);
    expect(await profileOf('email:r@naming.example')).toBe(joined);

    await inRegion(null);
    expect(await profileOf('loyalty_id:r-card')).not.toBe(await profileOf('user_id:r-till'));
    expect(await profileOf(formerId)).toBe(await profileOf('user_id:r-till'));
  });

  test('leaves decisions about a number in force, by what it is called since', async () => {
    await inRegion(null);
    await harness.send([
      touchpoint([phone('030901850')]),
      touchpoint([user('d-1')]),
      touchpoint([{ type: 'loyalty_id', value: 'd-card' }, phone('+4930901850')]),
    ]);
    const { body: merge } = await harness.call('POST', '/v1/identity/decisions', {
      body: { kind: 'merge', refs: ['user_id:d-1', 'phone:030901850'] },
    });
    await inRegion('DE');
    expect(await profileOf('user_id:d-1')).toBe(await profileOf('loyalty_id:d-card'));
    await harness.call('DELETE', `/v1/identity/decisions/${merge.id}`);
    expect(await profileOf('user_id:d-1')).not.toBe(await profileOf('loyalty_id:d-card'));
  });

  test('lets an erasure find what comes late as it was called then', async () => {
    await inRegion(null);
    const early = '2026-02-01T08:00:00.000Z';
    await harness.send([touchpoint([phone('030901860')], { occurredAt: early })]);
    await harness.call('DELETE', `/v1/profiles/${await profileOf('phone:030901860')}`);
    await poll(async () => (await harness.profile('phone:030901860')).status === 404);
    await inRegion('DE');
    await harness.send([
      touchpoint([phone('030901860')], { occurredAt: early }),
      touchpoint([phone('+4930901860')], { occurredAt: early }),
    ]);
    const { body } = await harness.profile('phone:030901860');
    // The other one wrote another number, by the rules of that time.
    expect(body.touchpointCount).toBe(1);
  });

  test('leaves an erasure no former name of what it takes', async () => {
    await inRegion(null);
    await harness.send([touchpoint([user('e-1'), phone('030901880')])]);
    await inRegion('DE');
    const named = async () =>
      (await harness.pool.query(`select from identity.identifier where value like '%30901880'`)).rowCount;
    expect(await named()).toBe(2);
    await harness.call('DELETE', `/v1/profiles/${await profileOf('user_id:e-1')}`);
    await poll(async () => (await named()) === 0);
  });

  test('leaves no former name of a number that only erased touchpoints mention, although another profile holds it', async () => {
    await inRegion(null);
    await harness.send([touchpoint([user('e-2'), phone('030901890')])]);
    await inRegion('DE');
    const sides = [['user_id:e-2'], ['phone:+4930901890']];
    await harness.call('POST', '/v1/identity/decisions', { body: { kind: 'split', sides } });
    const named = async () =>
      (await harness.pool.query(`select from identity.identifier where value like '%30901890'`)).rowCount;
    expect(await named()).toBe(2);
    await harness.call('DELETE', `/v1/profiles/${await profileOf('user_id:e-2')}`);
    await poll(async () => (await named()) === 0);
  });

  test('keeps withdrawn evidence of a link withdrawn', async () => {
    await inRegion(null);
    await harness.send([touchpoint([user('w-1'), phone('030901870')], { source: 'crm', id: 'w' })]);
    const { body } = await harness.call('POST', '/v1/identity/withdrawals', {
      body: { source: 'crm', link: ['user_id:w-1', 'phone:030901870'] },
    });
    await settled(body.evaluation.version, 'in_force');
    await inRegion('DE');
    expect(await profileOf('phone:+4930901870')).not.toBe(await profileOf('user_id:w-1'));
    await harness.send([touchpoint([user('w-1'), phone('030901870')], { source: 'crm', id: 'w2' })]);
    expect(await profileOf('phone:+4930901870')).not.toBe(await profileOf('user_id:w-1'));
  });

  test('stays as it is when a policy does not name it', async () => {
    await inRegion('AT');
    const { policy } = await change({ sharedDegree: 6 });
    expect(policy).toMatchObject({ sharedDegree: 6, normalization: { phoneRegion: 'AT' } });
  });
});

test('addresses are one by tags and domains where the policy says so', async () => {
  await inRegion(null);
  await harness.send([
    touchpoint([user('m-1'), email('ada+shop@googlemail.com')]),
    touchpoint([{ type: 'loyalty_id', value: 'm-card' }, email('ada@gmail.com')]),
  ]);
  expect(await profileOf('loyalty_id:m-card')).not.toBe(await profileOf('user_id:m-1'));
  const rules = { tags: 'drop', domains: { 'googlemail.com': 'gmail.com' } };
  await change({ normalization: { phoneRegion: null, email: rules } });
  expect(await profileOf('loyalty_id:m-card')).toBe(await profileOf('user_id:m-1'));
  expect(await profileOf('email:ada+news@gmail.com')).toBe(await profileOf('user_id:m-1'));
});

describe('a custom type', () => {
  const badge = (value: string): Identifier => ({ type: 'external.badge', value });

  test('stands for a person until the policy attaches it, and then joins no two people', async () => {
    await inRegion(null);
    await harness.send([
      touchpoint([user('c-1'), badge('B-7')]),
      touchpoint([{ type: 'loyalty_id', value: 'c-card' }, badge('b7')]),
      touchpoint([email('c@naming.example'), badge('B-7')]),
    ]);
    expect(await profileOf('email:c@naming.example')).toBe(await profileOf('user_id:c-1'));
    const folded = { letters: 'small', characters: 'letters_and_digits' };
    await change({ types: { 'external.badge': folded } });
    expect(await profileOf('loyalty_id:c-card')).toBe(await profileOf('user_id:c-1'));

    await change({ types: { 'external.badge': { ...folded, layer: 'attached' } } });
    await harness.send([touchpoint([user('c-2'), badge('b 7')])]);
    // Two people have used it: it joins them no more.
    const people = await Promise.all(['user_id:c-1', 'user_id:c-2', 'loyalty_id:c-card'].map(profileOf));
    expect(new Set(people).size).toBe(3);
    const { body } = await harness.profile('external.badge:B7');
    expect(
      body.identifiers.some(({ type, value }: Identifier) => type === 'device_id.badge' && value === 'b7'),
    ).toBe(true);

    await change({});
    expect(await profileOf('email:c@naming.example')).toBe(await profileOf('user_id:c-1'));
    expect(await profileOf('external.badge:b7')).toBe(await profileOf('loyalty_id:c-card'));
  });

  test('is refused in a body by the name that only the policy makes', async () => {
    const { status, body } = await harness.call('GET', '/v1/profiles/device_id.badge:nobody');
    expect([status, body.code]).toEqual([404, 'profile_not_found']);
  });
});
