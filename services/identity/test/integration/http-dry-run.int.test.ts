import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Identifier, WhatIfAnswer, WhatIfQuestion } from '@throughline/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type HttpHarness, keys, startHttpHarness, touchpoint, user } from './http-harness.ts';

const figures = {
  customersAtStart: 1,
  active: 2,
  retained: 1,
  churned: 0,
  new: 1,
  reactivated: 0,
  retention: 1,
  churn: 0,
};
const days: WhatIfAnswer['days'] = [
  {
    day: '2026-03-01',
    partial: true,
    figures: [{ activity: 'purchase', window: 7, before: figures, after: { ...figures, active: 1, new: 0 } }],
  },
];

/** Stands where metrics would answer. */
let metrics: Server;
let asked: { authorization: string | undefined; question: WhatIfQuestion }[] = [];
let status = 200;
let harness: HttpHarness;

beforeAll(async () => {
  metrics = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const question = JSON.parse(Buffer.concat(parts).toString()) as WhatIfQuestion;
      asked.push({ authorization: request.headers.authorization, question });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ days }));
    });
  }).listen(0, '127.0.0.1');
  await once(metrics, 'listening');
  const { port } = metrics.address() as AddressInfo;
  harness = await startHttpHarness({ metricsUrl: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await harness.close();
  metrics.close();
});
beforeEach(() => {
  asked = [];
  status = 200;
});

const path = '/v1/identity/decisions';
const decide = (body: object) => harness.call('POST', path, { body });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const email = (value: string): Identifier => ({ type: 'email', value });
const end = ({ type, value }: Identifier) => ({ id: harness.ids.identifierId(type, value), type, value });
const profileOf = async (ref: string): Promise<string> => (await harness.profile(ref)).body.id;
/** Of two user ids that were first seen at one moment, the one with the smaller id founds. */
const founding = (...values: string[]) =>
  values.toSorted((one, other) => (end(user(one)).id < end(user(other)).id ? -1 : 1));

describe('a dry run', () => {
  test('of a merge says who would move and what the figures would be, and makes no decision', async () => {
    await harness.send([
      ...['m1', 'm2'].map((id) => touchpoint([user(id)])),
      ...['m1', 'm2'].map((id) => touchpoint([user(id), cookie(`${id}-cookie`)])),
      ...['m1', 'm2'].map((id) => touchpoint([cookie(`${id}-cookie`)])),
    ]);
    const [stays = '', moves = ''] = founding('m1', 'm2');
    const body = { kind: 'merge', refs: ['user_id:m1', 'user_id:m2'] };
    const tried = await decide({ ...body, dryRun: true });
    expect(tried.status).toBe(200);
    expect(tried.body).toEqual({
      dryRun: true,
      moves: [{ from: end(user(moves)), to: end(user(stays)), identifiers: 2, touchpoints: 3 }],
      movesTruncated: false,
      touchpointsMoved: 3,
      movesInPages: false,
      refused: [],
      refusedTruncated: false,
      figures: { state: 'answered', days },
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      authorization: `Bearer ${keys.admin}`,
      question: {
        cause: 'merge',
        memberships: [{ identifier: end(user(moves)).id, profile: end(user(stays)).id }],
      },
    });

    expect(await profileOf('user_id:m1')).not.toBe(await profileOf('user_id:m2'));
    expect((await harness.call('GET', path)).body.items).toEqual([]);
    const made = await decide({ ...body, note: 'by phone', author: 'Kim' });
    expect(made).toMatchObject({ status: 201, body: { madeBy: { key: 'admin', author: 'Kim' } } });
    const merged = await harness.profile('user_id:m1');
    expect(merged.body).toMatchObject({ id: end(user(stays)).id, touchpointCount: 6 });

    const withdrawal = await harness.call('DELETE', `${path}/${made.body.id}?dryRun=true`);
    expect(withdrawal).toMatchObject({
      status: 200,
      body: {
        moves: [{ from: end(user(stays)), to: end(user(moves)), identifiers: 2, touchpoints: 3 }],
        figures: { state: 'answered' },
      },
    });
    expect((await harness.call('GET', `${path}/${made.body.id}`)).body.state).toBe('active');
    const withdrawn = await harness.call('DELETE', `${path}/${made.body.id}?author=Lou`);
    expect(withdrawn.body).toMatchObject({
      state: 'withdrawn',
      madeBy: { key: 'admin', author: 'Kim' },
      withdrawnBy: { key: 'admin', author: 'Lou' },
    });
    expect((await harness.call('DELETE', `${path}/${made.body.id}?dryRun=true`)).body).toMatchObject({
      moves: [],
      figures: { state: 'answered', days: [] },
    });
  });

  test('of a split says what comes apart, and which join it refuses', async () => {
    await harness.send([
      touchpoint([user('s'), email('s@example.org')]),
      touchpoint([email('s@example.org'), cookie('s-cookie')]),
    ]);
    const { body } = await decide({
      kind: 'split',
      sides: [['user_id:s'], ['email:s@example.org']],
      dryRun: true,
    });
    expect(body.moves).toEqual([
      { from: end(user('s')), to: end(email('s@example.org')), identifiers: 2, touchpoints: 1 },
    ]);
    const explanation = 'the split that is tried keeps them apart';
    expect(body.refused).toEqual([expect.objectContaining({ kind: 'direct', reason: 'split', explanation })]);
    expect(await profileOf('email:s@example.org')).toBe(await profileOf('user_id:s'));
  });

  test('of what changes nothing says so and does not ask metrics', async () => {
    await harness.send([touchpoint([user('n'), email('n@example.org')])]);
    const { body } = await decide({
      kind: 'merge',
      refs: ['user_id:n', 'email:n@example.org'],
      dryRun: true,
    });
    expect(body).toMatchObject({ moves: [], touchpointsMoved: 0, figures: { state: 'answered', days: [] } });
    expect(asked).toEqual([]);
  });

  test('answers the rest where metrics does not answer, and says so', async () => {
    await harness.send([touchpoint([user('u1')]), touchpoint([user('u2')])]);
    status = 503;
    const { body } = await decide({ kind: 'merge', refs: ['user_id:u1', 'user_id:u2'], dryRun: true });
    expect(body.moves).toHaveLength(1);
    expect(body.figures).toEqual({ state: 'unavailable', message: 'metrics answers 503' });
  });

  test('refuses what the decision itself would refuse', async () => {
    const unknown = await decide({
      kind: 'merge',
      refs: ['user_id:nobody-1', 'user_id:nobody-2'],
      dryRun: true,
    });
    expect(unknown.body.code).toBe('profile_not_found');
    const { body } = await harness.call(
      'DELETE',
      `${path}/0f8fad5b-d9cb-469f-a165-70867728950e?dryRun=perhaps`,
    );
    expect(body.code).toBe('invalid_parameter');
  });
});
