import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

type Answer = Awaited<ReturnType<HttpHarness['call']>>['body'];

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const path = '/v1/identity/withdrawals';
const email = (value: string): Identifier => ({ type: 'email', value });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const profileOf = async (ref: string): Promise<string> => (await harness.profile(ref)).body.id;
const idOf = ({ type, value }: Identifier) => harness.ids.identifierId(type, value);

async function withdraw(body: object): Promise<Answer> {
  const { status, body: answer } = await harness.call('POST', path, { body });
  expect({ status, code: answer.code }).toEqual({ status: 202, code: undefined });
  return answer;
}

async function settled(id: string, states: string[]): Promise<Answer> {
  let found: Answer = {};
  await poll(async () => {
    found = (await harness.call('GET', `${path}/${id}`)).body;
    return (
      states.includes(found.state) && ['in_force', 'evaluated', 'discarded'].includes(found.evaluation.state)
    );
  });
  return found;
}

describe('a till that named the wrong card', () => {
  const at = (time: string) => `2026-03-02T${time}.000Z`;
  const till = (identifiers: Identifier[], id: string, occurredAt: string) =>
    touchpoint(identifiers, { source: 'till_7', id, occurredAt, type: 'receipt', name: 'Receipt' });

  test('is withdrawn for its period, and only what it showed then goes', async () => {
    await harness.send([
      touchpoint([user('wd-a'), email('wd-a@example.org')], { occurredAt: at('08:00:00') }),
      touchpoint([user('wd-b')], { occurredAt: at('08:00:00') }),
      till([email('wd-a@example.org'), { type: 'loyalty_id', value: 'wd-card' }], 'wrong', at('10:00:00')),
      till([user('wd-b'), { type: 'loyalty_id', value: 'wd-other' }], 'right', at('18:00:00')),
    ]);
    const [a, b] = [idOf(user('wd-a')), idOf(user('wd-b'))];
    const card = idOf({ type: 'loyalty_id', value: 'wd-card' });
    expect(await profileOf('loyalty_id:wd-card')).toBe(a);
    const before = await harness.follow('resolved.v1');

    const dry = await withdraw({ source: 'till_7', from: at('09:00:00'), to: at('12:00:00'), dryRun: true });
    const evaluated = await settled(dry.id, ['evaluated']);
    expect(evaluated.evaluation.report).toMatchObject({
      identifiers: 1,
      touchpoints: 1,
      profilesJoined: 0,
      profilesParted: 1,
      figures: { state: 'unavailable' },
    });
    expect(evaluated.evaluation.report.examples).toEqual([
      {
        kind: 'parted',
        profile: { id: a, type: 'user_id', value: 'wd-a' },
        others: [{ id: card, type: 'loyalty_id', value: 'wd-card' }],
      },
    ]);
    expect(await profileOf('loyalty_id:wd-card')).toBe(a);

    // While one is in work, there is no other.
    const second = await harness.call('POST', path, { body: { source: 'till_7', touchpoint: 'right' } });
    expect([second.status, second.body.code]).toEqual([409, 'rules_conflict']);
    const version = evaluated.evaluation.version;
    await harness.call('POST', `/v1/identity/policies/${version}/activate`);
    const inForce = await settled(dry.id, ['in_force']);
    expect(inForce.evaluation.state).toBe('in_force');
    expect(await profileOf('loyalty_id:wd-card')).toBe(card);
    expect(await profileOf('loyalty_id:wd-other')).toBe(b);
    // The touchpoint stays in the timeline of what it belongs to.
    const timeline = await harness.call('GET', `/v1/profiles/loyalty_id:wd-card/touchpoints`);
    expect(timeline.body.items.map(({ id }: { id: string }) => id)).toEqual(['wrong']);
    expect(before.some((text) => text.includes('"withdrawal"') && text.includes(card))).toBe(true);

    // A late one of the same kind is withdrawn too; one of another source is not.
    await harness.send([
      till([email('wd-a@example.org'), { type: 'loyalty_id', value: 'wd-card' }], 'late', at('11:00:00')),
    ]);
    expect(await profileOf('loyalty_id:wd-card')).toBe(card);
    const { body: history } = await harness.call('GET', '/v1/profiles/loyalty_id:wd-card/history');
    expect(JSON.stringify(history)).toContain('withdrawal');

    await harness.call('DELETE', `${path}/${dry.id}`);
    await settled(dry.id, ['undone']);
    expect(await profileOf('loyalty_id:wd-card')).toBe(a);
    const { body: profile } = await harness.profile('user_id:wd-a');
    expect(profile.touchpointCount).toBe(3);
  });
});

describe('the evidence of one link', () => {
  test('is withdrawn of one source, and other sources of the same link stand', async () => {
    const both = [user('wl-a'), email('wl@example.org')];
    await harness.send([
      touchpoint(both, { source: 'crm', id: 'wl-1' }),
      touchpoint([user('wl-a'), cookie('wl-cookie')], { source: 'crm', id: 'wl-0' }),
      touchpoint([user('wl-b'), email('wl-2@example.org')], { source: 'crm', id: 'wl-2' }),
      touchpoint([user('wl-b'), email('wl-2@example.org')], { source: 'shop', id: 'wl-3' }),
    ]);
    const first = await withdraw({
      source: 'crm',
      link: ['user_id:wl-a', 'email:wl@example.org'],
      note: 'typed wrong',
    });
    await settled(first.id, ['in_force']);
    const second = await withdraw({ source: 'crm', link: ['user_id:wl-b', 'email:wl-2@example.org'] });
    const answer = await settled(second.id, ['in_force']);
    expect(answer.link.map(({ type }: { type: string }) => type)).toEqual(['user_id', 'email']);
    expect(await profileOf('email:wl-2@example.org')).toBe(idOf(user('wl-b')));
    expect(await profileOf('email:wl@example.org')).toBe(idOf(email('wl@example.org')));
    expect(await profileOf('anonymous_id:wl-cookie')).toBe(idOf(user('wl-a')));
    const { body: list } = await harness.call('GET', path);
    expect(list.items.slice(0, 2).map(({ id }: { id: string }) => id)).toEqual([second.id, first.id]);
    for (const { id } of [first, second]) {
      await harness.call('DELETE', `${path}/${id}`);
      await settled(id, ['undone']);
    }
    expect(await profileOf('email:wl@example.org')).toBe(idOf(user('wl-a')));
  });
});

test('a dry run that is thrown away leaves everything as it was', async () => {
  await harness.send([
    touchpoint([user('thrown'), email('thrown@example.org')], { source: 'crm', id: 'thrown-1' }),
  ]);
  const dry = await withdraw({ source: 'crm', touchpoint: 'thrown-1', dryRun: true });
  await settled(dry.id, ['evaluated']);
  // What comes meanwhile is resolved by what is in force.
  await harness.send([
    touchpoint([user('thrown'), email('thrown-2@example.org')], { source: 'crm', id: 'thrown-2' }),
  ]);
  await harness.call('DELETE', `${path}/${dry.id}`);
  expect((await settled(dry.id, ['discarded'])).state).toBe('discarded');
  expect((await harness.profile('user_id:thrown')).body.identifierCount).toBe(3);
  const { rows } = await harness.pool.query(
    `select relname from pg_class c where relnamespace = 'identity'::regnamespace and relkind = 'r' and relname ~ '^(draft|former)_'`,
  );
  expect(rows).toEqual([]);
});

test('decisions and touchpoints that come while it is evaluated count by the new rules too', async () => {
  await harness.send([
    touchpoint([user('mean-a'), email('mean-a@example.org')], { source: 'crm', id: 'mean-1' }),
    touchpoint([user('mean-b'), email('mean-b@example.org')]),
    touchpoint([user('mean-c')]),
  ]);
  const dry = await withdraw({ source: 'crm', touchpoint: 'mean-1', dryRun: true });
  const { evaluation } = await settled(dry.id, ['evaluated']);
  const merge = { kind: 'merge', refs: ['user_id:mean-b', 'user_id:mean-c'] };
  await harness.call('POST', '/v1/identity/decisions', { body: merge });
  await harness.send([touchpoint([user('mean-c'), { type: 'phone', value: '+4930901825' }])]);
  await harness.call('POST', `/v1/identity/policies/${evaluation.version}/activate`);
  await settled(dry.id, ['in_force']);
  const merged = await profileOf('user_id:mean-b');
  expect(await profileOf('user_id:mean-c')).toBe(merged);
  expect(await profileOf('phone:+4930901825')).toBe(merged);
  expect(await profileOf('email:mean-a@example.org')).toBe(idOf(email('mean-a@example.org')));
  await harness.call('DELETE', `${path}/${dry.id}`);
  await settled(dry.id, ['undone']);
  expect(await profileOf('user_id:mean-c')).toBe(merged);
});

test.each([
  ['all that a source ever said', { source: 'crm' }, 400, 'invalid_parameter', 'from'],
  [
    'a period that ends before it begins',
    { source: 'crm', from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' },
    400,
    'invalid_parameter',
    'from',
  ],
  [
    'a link of one end',
    { source: 'crm', link: ['user_id:thrown', 'user_id:thrown'] },
    400,
    'invalid_parameter',
    'link',
  ],
  [
    'a link of nothing known',
    { source: 'crm', link: ['user_id:thrown', 'user_id:no-one'] },
    404,
    'profile_not_found',
    'link.1',
  ],
])('%s cannot be withdrawn', async (_what, body, status, code, field) => {
  const answer = await harness.call('POST', path, { body });
  expect([answer.status, answer.body.code, answer.body.field]).toEqual([status, code, field]);
});

test('only an admin key withdraws', async () => {
  for (const key of ['read', 'server'] as const) {
    expect((await harness.call('POST', path, { key, body: { source: 'crm', touchpoint: 'x' } })).status).toBe(
      403,
    );
    expect((await harness.call('GET', path, { key })).status).toBe(403);
  }
  expect((await harness.call('DELETE', `${path}/0f8fad5b-d9cb-469f-a165-70867728950e`)).body.code).toBe(
    'withdrawal_not_found',
  );
});
