import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const national: Identifier = { type: 'phone', value: '030901820', original: '030 90 18 20' };
const international: Identifier = { type: 'phone', value: '+4930901820' };

test('a national number is the international one in the region of the deployment', async () => {
  await harness.send([
    touchpoint([user('till-customer'), national], { occurredAt: '2026-02-01T08:00:00.000Z' }),
    touchpoint([{ type: 'anonymous_id', value: 'web-visit' }, international], {
      occurredAt: '2026-02-02T08:00:00.000Z',
    }),
  ]);
  const { body } = await harness.profile('anonymous_id:web-visit');
  expect(body.id).toBe(harness.ids.identifierId('user_id', 'till-customer'));
  expect(body.identifiers).toContainEqual({
    id: harness.ids.identifierId('phone', '+4930901820'),
    type: 'phone',
    value: '+4930901820',
    original: '030 90 18 20',
    firstSeenAt: '2026-02-01T08:00:00.000Z',
    lastSeenAt: '2026-02-02T08:00:00.000Z',
  });
  for (const ref of ['phone:030 901820', 'phone:+49 (0)30 901820', 'phone:0049 30 901820']) {
    expect((await harness.profile(ref)).body.id).toBe(body.id);
  }
});

test('the region of a source comes before that of the deployment', async () => {
  await harness.send([
    touchpoint([user('london'), { type: 'phone', value: '07911123456', region: 'GB' }]),
    touchpoint([user('berlin'), { type: 'phone', value: '07911123456' }]),
  ]);
  const { body } = await harness.profile('phone:+447911123456');
  expect(body.id).toBe(harness.ids.identifierId('user_id', 'london'));
  expect(body.identifierCount).toBe(2);
});

test('a timeline shows the value, and what was sent where that differs', async () => {
  await harness.send([
    touchpoint([user('shown'), { ...national, value: '030901821', original: '030-901821' }]),
  ]);
  const { body } = await harness.call('GET', '/v1/profiles/user_id:shown/touchpoints');
  expect(body.items[0].identifiers).toEqual([
    { type: 'user_id', value: 'shown' },
    { type: 'phone', value: '+4930901821', original: '030-901821' },
  ]);
});

test('explanations, links, traces and searches show what was sent, too', async () => {
  const written: Identifier = { type: 'phone', value: '030901823', original: '030/901823' };
  await harness.send([
    touchpoint([user('written'), written]),
    touchpoint([written], { id: 'written-alone' }),
  ]);
  const shown = {
    id: harness.ids.identifierId('phone', '+4930901823'),
    type: 'phone',
    value: '+4930901823',
    original: '030/901823',
  };
  const ofProfile = async (rest: string) => (await harness.profile('user_id:written', rest)).body;
  const explained = await ofProfile('/explain');
  expect(JSON.stringify(explained)).toContain(JSON.stringify(shown).slice(1, -1));
  const links = await ofProfile('/links');
  expect(links.items).toMatchObject([{ weaker: shown, stronger: { type: 'user_id', value: 'written' } }]);
  expect(Object.keys(links.items[0].stronger)).toEqual(['id', 'type', 'value']);
  const traced = await harness.call('GET', '/v1/touchpoints/written-alone');
  expect(traced.body.belongsTo.identifier).toEqual(shown);
  const { body } = await harness.call('GET', '/v1/profiles?query=030901823');
  expect(body.items).toEqual([]);
  const found = await harness.call('GET', `/v1/profiles?query=${encodeURIComponent('+4930901823')}`);
  expect(found.body.items[0].matches).toEqual([
    { kind: 'identifier', name: 'phone', value: shown.value, original: shown.original },
  ]);
});

test('two spellings of one number on one touchpoint are one identifier', async () => {
  await harness.send([
    touchpoint([
      user('twice'),
      { ...national, value: '030901822' },
      { ...international, value: '+4930901822' },
    ]),
  ]);
  expect((await harness.profile('user_id:twice')).body.identifierCount).toBe(2);
});
