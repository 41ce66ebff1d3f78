import type { Identifier } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;

beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const email = (value: string): Identifier => ({ type: 'email', value });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });

describe('GET /v1/profiles/{ref}', () => {
  test('answers the profile that holds the identifier, whichever of its identifiers is named', async () => {
    await harness.send([
      touchpoint([cookie('ada-cookie')], {
        trust: 'public',
        type: 'page',
        occurredAt: '2026-02-01T08:00:00.000Z',
      }),
      touchpoint([user('ada'), email('ada@example.org'), cookie('ada-cookie')], {
        type: 'identify',
        occurredAt: '2026-02-02T08:00:00.000Z',
        traits: { city: 'Bonn', visits: 2 },
      }),
      touchpoint([user('ada')], { occurredAt: '2026-02-03T08:00:00.123Z' }),
    ]);
    const byUser = await harness.profile('user_id:ada');
    expect(byUser.status).toBe(200);
    const id = harness.ids.identifierId('user_id', 'ada');
    expect(byUser.body).toEqual({
      id,
      identifiers: [
        {
          id,
          type: 'user_id',
          value: 'ada',
          firstSeenAt: '2026-02-02T08:00:00.000Z',
          lastSeenAt: '2026-02-03T08:00:00.123Z',
        },
        expect.objectContaining({ type: 'email', value: 'ada@example.org' }),
        {
          id: harness.ids.identifierId('anonymous_id', 'ada-cookie'),
          type: 'anonymous_id',
          value: 'ada-cookie',
          firstSeenAt: '2026-02-01T08:00:00.000Z',
          lastSeenAt: '2026-02-02T08:00:00.000Z',
        },
      ],
      identifiersTruncated: false,
      identifierCount: 3,
      transactionCount: 0,
      traits: {
        city: { value: 'Bonn', at: '2026-02-02T08:00:00.000Z', source: 'server' },
        visits: { value: 2, at: '2026-02-02T08:00:00.000Z', source: 'server' },
      },
      traitsTruncated: false,
      consents: {},
      consentsTruncated: false,
      feedback: {},
      feedbackTruncated: false,
      computed: null,
      firstSeenAt: '2026-02-01T08:00:00.000Z',
      lastSeenAt: '2026-02-03T08:00:00.123Z',
      touchpointCount: 3,
      identified: true,
      freshness: { processedThrough: expect.any(String), pendingRecords: 0 },
    });
    for (const ref of [id, id.toUpperCase(), 'email: ADA@example.org ', 'anonymous_id:ada-cookie']) {
      expect((await harness.profile(ref)).body).toEqual(byUser.body);
    }
  });

  test('prefers what a server said of a trait to what is newer but public', async () => {
    const at = (day: string) => ({ occurredAt: `2026-02-${day}T00:00:00.000Z`, type: 'identify' as const });
    await harness.send([
      touchpoint([user('traits')], { ...at('01'), traits: { plan: 'gold', city: 'Bonn', only: 1 } }),
      touchpoint([user('traits'), email('traits@example.org')], { ...at('02'), traits: { city: 'Ulm' } }),
      touchpoint([user('traits')], { ...at('09'), trust: 'public', traits: { plan: 'diamond' } }),
      touchpoint([email('traits@example.org')], { ...at('05'), traits: { city: ['Köln', { in: 'NRW' }] } }),
    ]);
    const { body } = await harness.profile('user_id:traits');
    expect(
      Object.fromEntries(
        Object.entries(body.traits).map(([name, one]) => [name, (one as { value: unknown }).value]),
      ),
    ).toEqual({
      plan: 'gold',
      only: 1,
      city: ['Köln', { in: 'NRW' }],
    });
  });

  test('has the last consent of each category and the last answer to each question, of all its identifiers', async () => {
    const day = (n: number) => `2026-02-0${n}T00:00:00.000Z`;
    const consent = (at: number, stated: object, over: object = {}) =>
      touchpoint([cookie('asked')], {
        occurredAt: day(at),
        trust: 'public',
        context: { consent: { categoryPreferences: stated } },
        ...over,
      });
    const answers = (identifier: Identifier, at: number, properties: Record<string, unknown>) =>
      touchpoint([identifier], { occurredAt: day(at), type: 'feedback', name: 'Store Rated', properties });
    await harness.send([
      consent(3, { marketing: false, analytics: true }),
      consent(2, { marketing: true, analytics: false }),
      answers(user('asked'), 4, { survey: 'nps', score: 4 }),
      answers(cookie('asked'), 5, { survey: 'nps', score: 9, answers: { 'Why?': 'the queue' } }),
      answers(user('asked'), 1, { rating: 2 }),
    ]);
    expect((await harness.profile('user_id:asked')).body.consents).toEqual({});
    await harness.send([touchpoint([user('asked'), cookie('asked')])]);
    const { body } = await harness.profile('user_id:asked');
    expect(body).toMatchObject({ consentsTruncated: false, feedbackTruncated: false });
    expect(body.consents).toEqual({
      analytics: { granted: true, at: day(3), source: 'website' },
      marketing: { granted: false, at: day(3), source: 'website' },
    });
    expect(body.feedback).toEqual({
      nps: {
        score: { answer: 9, at: day(5), source: 'server' },
        'Why?': { answer: 'the queue', at: day(5), source: 'server' },
      },
      'Store Rated': { rating: { answer: 2, at: day(1), source: 'server' } },
    });
    await harness.send([
      consent(1, { marketing: true }, { trust: 'server' }),
      consent(9, { marketing: false }),
    ]);
    const { consents } = (await harness.profile('user_id:asked')).body;
    expect(consents.marketing).toEqual({ granted: true, at: day(1), source: 'server' });
  });

  test('breaks ties of traits by source and id in code point order, whichever identifier has them', async () => {
    const persons: Identifier[] = [
      user('tied'),
      email('tied@example.org'),
      { type: 'phone', value: '+4930901' },
      { type: 'loyalty_id', value: 'tied' },
    ];
    const orders = [
      // U+10000 comes after U+FFFD by code point, before it by UTF-16 unit.
      [
        ['a', '\u{10000}'],
        ['a', '\ufffd'],
        ['A', 'zzz'],
        ['B', 'z'],
      ],
      [
        ['B', 'a-tied'],
        ['b', 'A-tied'],
        ['b', 'a-tied'],
        ['A', 'zzz-tied'],
      ],
    ];
    const winners = [0, 2];
    for (const [index, order] of orders.entries()) {
      const name = `answer-${index}`;
      await harness.send([
        touchpoint(persons, { occurredAt: '2026-01-01T00:00:00.000Z' }),
        ...order.map(([source = '', id = ''], n) =>
          touchpoint(persons.slice(n, n + 1), { source, id, type: 'identify', traits: { [name]: n } }),
        ),
      ]);
      expect((await harness.profile('user_id:tied')).body.traits[name].value).toBe(winners[index]);
    }
  });

  test('orders identifiers from strongest to weakest and says when there are more than it lists', async () => {
    const visits = Array.from({ length: 1_005 }, (_, n) =>
      touchpoint([user('regular'), { type: 'anonymous_id', value: `cookie-${n}` }], {
        occurredAt: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
      }),
    );
    await harness.send([
      ...visits,
      touchpoint([
        user('regular'),
        { type: 'external.zeta', value: '1' },
        { type: 'external.alpha', value: '2' },
        cookie('regular'),
      ]),
    ]);
    const { body } = await harness.profile('user_id:regular');
    expect(body.identifierCount).toBe(1_009);
    expect(body.identifiersTruncated).toBe(true);
    expect(body.identifiers).toHaveLength(1_000);
    expect(body.identifiers.slice(0, 4).map((one: Identifier) => one.type)).toEqual([
      'user_id',
      'external.alpha',
      'external.zeta',
      'anonymous_id',
    ]);
    // Any 997 of the cookies, in the order of their first mention.
    const firstSeen = body.identifiers.slice(3).map((one: { firstSeenAt: string }) => one.firstSeenAt);
    expect(firstSeen).toEqual(firstSeen.toSorted());
    expect(new Set(body.identifiers.map((one: { id: string }) => one.id)).size).toBe(1_000);
    expect(body.touchpointCount).toBe(1_006);
  });

  test('counts the orders of a customer and lists the other identifiers only', async () => {
    await harness.send(
      ['a', 'b'].map((n) => touchpoint([user('buyer'), { type: 'order_id', value: `buyer-${n}` }])),
    );
    const { body } = await harness.profile('order_id:buyer-b');
    expect(body).toMatchObject({ identifierCount: 1, transactionCount: 2, touchpointCount: 2 });
    expect(body.identifiers.map((one: Identifier) => one.value)).toEqual(['buyer']);
  });

  test('says of a profile of nothing but a receipt that it is not identified', async () => {
    await harness.send([touchpoint([{ type: 'receipt_id', value: 'till-1' }], { type: 'receipt' })]);
    const { body } = await harness.profile('receipt_id:till-1');
    expect(body).toMatchObject({ identified: false, touchpointCount: 1, identifierCount: 1 });
    expect(body.identifiers).toHaveLength(1);
  });

  test('has no time of a profile to which no touchpoint belongs, since all belong to another', async () => {
    const six = Array.from({ length: 6 }, (_, n) =>
      touchpoint([user(`shared-${n}`), { type: 'phone', value: '+49800' }]),
    );
    await harness.send(six);
    const { body } = await harness.profile('phone:+49 800');
    expect(body).toMatchObject({
      firstSeenAt: null,
      lastSeenAt: null,
      touchpointCount: 0,
      identified: false,
    });
  });
});

describe('references', () => {
  test('are split at the first colon, decoded once and normalized', async () => {
    const values = [
      'a:b:c',
      'a/b',
      'a%2Fb',
      'ü ñ',
      '日本'.repeat(100),
      '😀',
      "'; DROP TABLE",
      'a?b#c',
      '__proto__',
      '..',
    ];
    await harness.send(values.map((value) => touchpoint([user(value)])));
    for (const value of values) {
      const { status, body } = await harness.profile(`user_id:${value}`);
      expect({ value, status, found: body.identifiers?.[0].value }).toEqual({
        value,
        status: 200,
        found: value,
      });
    }
    await harness.send([touchpoint([email('e\u0301@example.org'.normalize('NFC'))])]);
    expect((await harness.profile('email:e\u0301@example.org')).status).toBe(200);
  });

  test.each([
    ['', 400, 'invalid_parameter'],
    ['nonsense', 400, 'invalid_parameter'],
    ['nonsense:1', 400, 'invalid_parameter'],
    ['external.:1', 400, 'invalid_parameter'],
    [':1', 400, 'invalid_parameter'],
    ['__proto__', 400, 'invalid_parameter'],
    ['user_id:', 404, 'profile_not_found'],
    ['user_id:   ', 404, 'profile_not_found'],
    ['user_id:\u0000', 404, 'profile_not_found'],
    ['user_id:a\u202eb', 404, 'profile_not_found'],
    ['user_id:unknown', 404, 'profile_not_found'],
    ['00000000-0000-0000-0000-000000000000', 404, 'profile_not_found'],
    [`user_id:${'x'.repeat(201)}`, 404, 'profile_not_found'],
  ])('%j is answered %i %s', async (ref, status, code) => {
    const answer = await harness.profile(ref);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('of ten kilobytes are unreadable', async () => {
    const { status, body } = await harness.profile(`user_id:${'x'.repeat(10_000)}`);
    expect([status, body.code]).toEqual([400, 'malformed_request']);
  });

  test('that are not UTF-8 are unreadable', async () => {
    const { status, body } = await harness.call('GET', '/v1/profiles/user_id:%zz');
    expect([status, body.code]).toEqual([400, 'malformed_request']);
  });

  test('are never repeated in an answer or a log line', async () => {
    const { body } = await harness.profile('email:secret@example.org');
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(harness.lines.join('')).not.toContain('secret');
  });
});

describe('POST /v1/profiles/lookup', () => {
  const lookup = (refs: unknown) =>
    harness.call('POST', '/v1/profiles/lookup', { key: 'read', body: { refs } });

  test('answers a hundred references, by reference as sent, null for unknown and malformed ones', async () => {
    const known = Array.from({ length: 60 }, (_, n) => `user_id:lookup-${n}`);
    await harness.send(
      known.map((ref, n) => touchpoint([user(ref.slice(8)), email(`lookup-${n}@example.org`)])),
    );
    const others = [
      'nonsense',
      '',
      'user_id:',
      'user_id:\u0000',
      '__proto__',
      'constructor',
      'x'.repeat(10_000),
    ];
    const strangers = Array.from({ length: 31 }, (_, n) => `user_id:stranger-${n}`);
    const sameAsFirst = [harness.ids.identifierId('user_id', 'lookup-0'), 'email:LOOKUP-0@example.org'];
    const refs = [...known, ...others, ...strangers, ...sameAsFirst];
    expect(refs).toHaveLength(100);
    const { status, body } = await lookup(refs);
    expect(status).toBe(200);
    expect(Object.keys(body.profiles)).toHaveLength(100);
    for (const ref of known) {
      expect(body.profiles[ref]).toEqual((await harness.profile(ref)).body);
    }
    for (const ref of [...others, ...strangers])
      expect(Object.entries(body.profiles)).toContainEqual([ref, null]);
    for (const ref of sameAsFirst) expect(body.profiles[ref]).toEqual(body.profiles['user_id:lookup-0']);
  });

  test('answers no references with no profiles', async () => {
    expect((await lookup([])).body).toEqual({ profiles: {} });
  });

  test.each([
    ['101 references', { refs: Array.from({ length: 101 }, () => 'user_id:1') }, 'refs', 'at most 100 items'],
    ['a reference alone', { refs: 'user_id:1' }, 'refs', 'array'],
    ['a number', { refs: ['user_id:1', 7] }, 'refs.1', 'string'],
    ['nothing', {}, 'refs', 'array'],
    ['unknown fields', { refs: [], more: 1 }, 'more', 'no such field'],
  ])('refuses %s', async (_what, body, field, expected) => {
    const answer = await harness.call('POST', '/v1/profiles/lookup', { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_parameter', field, expected } });
  });
});
