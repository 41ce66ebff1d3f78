import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
  await harness.send([
    ...Array.from({ length: 12 }, (_, n) => touchpoint([user(`d${n}`)])),
    touchpoint([user('d0'), { type: 'email', value: 'd0@example.org' }]),
    touchpoint([user('d1'), { type: 'email', value: 'null' }]),
  ]);
});
afterAll(() => harness.close());

const path = '/v1/identity/decisions';
const decide = (body: unknown) => harness.call('POST', path, { body });
const profileOf = async (ref: string): Promise<string> => (await harness.profile(ref)).body.id;
const named = (value: string) => ({
  id: harness.ids.identifierId('user_id', value),
  type: 'user_id',
  value,
});

describe('decisions', () => {
  test('merge two customers, and withdrawn they were never made', async () => {
    const made = await decide({ kind: 'merge', refs: ['user_id:d0', named('d1').id], note: 'same person' });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.any(String),
      kind: 'merge',
      madeAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      note: 'same person',
      refs: [named('d0'), named('d1')],
      madeBy: { key: 'admin', author: null },
      state: 'active',
      withdrawnAt: null,
      withdrawnBy: null,
    });
    expect(await profileOf('user_id:d1')).toBe(await profileOf('user_id:d0'));
    expect((await harness.profile('user_id:d1')).body.touchpointCount).toBe(4);
    const one = `${path}/${made.body.id}`;
    expect((await harness.call('GET', one)).body).toEqual(made.body);

    const withdrawn = await harness.call('DELETE', one);
    expect(withdrawn.status).toBe(200);
    expect(withdrawn.body).toEqual({
      ...made.body,
      state: 'withdrawn',
      withdrawnAt: expect.any(String),
      withdrawnBy: { key: 'admin', author: null },
    });
    expect(await profileOf('user_id:d1')).not.toBe(await profileOf('user_id:d0'));
    expect((await harness.call('DELETE', one)).body).toEqual(withdrawn.body);
    expect((await harness.call('GET', one)).body).toEqual(withdrawn.body);
  });

  test('split what evidence links', async () => {
    const made = await decide({ kind: 'split', sides: [['user_id:d0'], ['email:d0@example.org']] });
    expect(made).toMatchObject({
      status: 201,
      body: { kind: 'split', note: '', sides: [[named('d0')], [{ type: 'email', value: 'd0@example.org' }]] },
    });
    expect(await profileOf('email:d0@example.org')).not.toBe(await profileOf('user_id:d0'));
    await harness.call('DELETE', `${path}/${made.body.id}`);
    expect(await profileOf('email:d0@example.org')).toBe(await profileOf('user_id:d0'));
  });

  test('are listed newest first, page by page', async () => {
    const made: string[] = [];
    for (let n = 2; n < 12; n += 2) {
      made.push(
        (await decide({ kind: 'merge', refs: [`user_id:d${n}`, `user_id:d${n + 1}`], note: `${n}` })).body.id,
      );
    }
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await harness.call(
        'GET',
        `${path}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(body.items.length).toBeLessThanOrEqual(2);
      found.push(...body.items.map((item: { id: string }) => item.id));
      cursor = body.nextCursor;
    }
    expect(found.slice(0, 5)).toEqual(made.toReversed());
    expect(found).toHaveLength((await harness.call('GET', path)).body.items.length);
  });

  test.each([
    [
      'a stranger',
      { kind: 'merge', refs: ['user_id:d0', 'user_id:stranger'] },
      404,
      'profile_not_found',
      'refs.1',
    ],
    [
      'a value that no identifier can have',
      { kind: 'split', sides: [['user_id:d0'], ['user_id:d1', 'email: ']] },
      404,
      'profile_not_found',
      'sides.1.1',
    ],
    [
      'a malformed reference',
      { kind: 'merge', refs: ['nonsense', 'user_id:d0'] },
      400,
      'invalid_parameter',
      'refs.0',
    ],
    [
      'a blocked identifier',
      { kind: 'merge', refs: ['user_id:d0', 'email:null'] },
      409,
      'decision_conflict',
      'refs.1',
    ],
    [
      'one identifier twice',
      { kind: 'merge', refs: ['user_id:d0', ' user_id:d0'.trim()] },
      400,
      'invalid_parameter',
      'refs',
    ],
    [
      'overlapping sides',
      { kind: 'split', sides: [['user_id:d0', 'user_id:d1'], ['user_id:d1']] },
      400,
      'invalid_parameter',
      'sides.1.0',
    ],
    [
      'three sides',
      { kind: 'split', sides: [['user_id:d0'], ['user_id:d1'], ['user_id:d2']] },
      400,
      'invalid_parameter',
      'sides',
    ],
    ['an empty side', { kind: 'split', sides: [[], ['user_id:d1']] }, 400, 'invalid_parameter', 'sides.0'],
    ['a single reference', { kind: 'merge', refs: ['user_id:d0'] }, 400, 'invalid_parameter', 'refs'],
    [
      '51 references',
      { kind: 'merge', refs: Array.from({ length: 51 }, () => 'user_id:d0') },
      400,
      'invalid_parameter',
      'refs',
    ],
    ['no kind', { refs: ['user_id:d0', 'user_id:d1'] }, 400, 'invalid_parameter', 'kind'],
    ['another kind', { kind: 'erase', refs: ['user_id:d0', 'user_id:d1'] }, 400, 'invalid_parameter', 'kind'],
    [
      'sides of a merge',
      { kind: 'merge', sides: [['user_id:d0'], ['user_id:d1']] },
      400,
      'invalid_parameter',
      'refs',
    ],
    [
      'a dry run that is not said by true or false',
      { kind: 'merge', refs: ['user_id:d0', 'user_id:d1'], dryRun: 'yes' },
      400,
      'invalid_parameter',
      'dryRun',
    ],
    [
      'a note of 1,001 characters',
      { kind: 'merge', refs: ['user_id:d0', 'user_id:d1'], note: 'x'.repeat(1_001) },
      400,
      'invalid_parameter',
      'note',
    ],
    [
      'a note with U+0000',
      { kind: 'merge', refs: ['user_id:d0', 'user_id:d1'], note: 'a\u0000' },
      400,
      'invalid_parameter',
      'note',
    ],
    [
      'an unknown field',
      { kind: 'merge', refs: ['user_id:d0', 'user_id:d1'], force: true },
      400,
      'invalid_parameter',
      'force',
    ],
  ])('about %s are refused, and nothing is changed', async (_what, body, status, code, field) => {
    const before = (await harness.call('GET', path)).body.items.length;
    const answer = await decide(body);
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([status, code, field]);
    expect((await harness.call('GET', path)).body.items).toHaveLength(before);
  });

  test.each(['GET', 'DELETE'])('that do not exist are 404 to %s', async (method) => {
    for (const id of ['00000000-0000-0000-0000-000000000000', 'nonsense', '%00']) {
      const { status, body } = await harness.call(method, `${path}/${id}`);
      expect([status, body.code]).toEqual([404, 'decision_not_found']);
    }
  });
});
