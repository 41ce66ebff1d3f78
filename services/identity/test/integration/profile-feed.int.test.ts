import {
  type Identifier,
  type ProfileChanged,
  profileChangedSchema,
  type ProfileState,
} from '@throughline/contracts';
import { seededRandom } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pruneFeed } from '../../src/db/profile-feed.ts';
import { type Answer, type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';
import { createProfileMirror, type ProfileMirror } from './profile-mirror.ts';

let harness: HttpHarness;
let records: string[];
beforeAll(async () => {
  harness = await startHttpHarness();
  records = await harness.follow('profiles.v1');
});
afterAll(() => harness.close());

const email = (value: string): Identifier => ({ type: 'email', value });
const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
const order = (value: string): Identifier => ({ type: 'order_id', value });
const idOf = ({ type, value }: Identifier): string => harness.ids.identifierId(type, value);

async function published(): Promise<void> {
  await poll(async () => {
    const { rows } = await harness.pool.query('select from identity.changed_member limit 1');
    return rows.length === 0;
  });
}

const changes = (parameters: string): Promise<Answer> =>
  harness.call('GET', `/v1/profiles/changes?${parameters}`, { key: 'read' });

/** Reads to the end; gives the states and the cursor for what follows. */
async function readOn(
  cursor: string | null,
  limit = 100,
): Promise<{ items: ProfileState[]; cursor: string }> {
  await published();
  const items: ProfileState[] = [];
  let at = cursor;
  for (;;) {
    const { status, body } = await changes(`limit=${limit}${at === null ? '' : `&cursor=${at}`}`);
    expect(status).toBe(200);
    items.push(...(body.items as ProfileState[]));
    at = body.nextCursor as string;
    if (body.caughtUp as boolean) return { items, cursor: at };
  }
}

async function decide(decision: object): Promise<string> {
  const { status, body } = await harness.call('POST', '/v1/identity/decisions', {
    body: { note: 'a test', ...decision },
  });
  expect(status).toBe(201);
  return body.id as string;
}

describe('the change feed', () => {
  test('names a new profile with its identifiers, strongest first, and once for what came together', async () => {
    const { cursor } = await readOn(null);
    await harness.send([
      touchpoint([cookie('new-1')], { trust: 'public' }),
      touchpoint([user('new-1'), email('new-1@example.org'), cookie('new-1')]),
      touchpoint([user('new-1'), order('new-1')]),
    ]);
    const { items } = await readOn(cursor);
    const last = items.findLast(({ profile }) => profile === idOf(user('new-1')));
    expect(last).toEqual({
      profile: idOf(user('new-1')),
      version: expect.any(Number),
      at: expect.stringMatching(/Z$/),
      state: 'live',
      mergedInto: null,
      identified: true,
      identifiers: [user('new-1'), email('new-1@example.org'), cookie('new-1')].map((one) => ({
        id: idOf(one),
        type: one.type,
      })),
      identifierCount: 3,
    });
    expect(items.map(({ version }) => version)).toEqual(
      items.map(({ version }) => version).toSorted((a, b) => a - b),
    );
  });

  test('says nothing of touchpoints that count only, of orders, and of what is stated again', async () => {
    const stated = { traits: { plan: 'gold' }, context: { consent: { marketing: true } } };
    await harness.send([touchpoint([user('quiet')], { type: 'identify', ...stated })]);
    const { cursor } = await readOn(null);
    await harness.send([
      touchpoint([user('quiet'), order('quiet-1')], { occurredAt: '2026-03-02T00:00:00.000Z' }),
      touchpoint([order('quiet-2')], { trust: 'public' }),
      touchpoint([{ type: 'receipt_id', value: 'quiet' }], { type: 'receipt', traits: { till: 3 } }),
      touchpoint([user('quiet')], { type: 'identify', occurredAt: '2026-03-03T00:00:00.000Z', ...stated }),
    ]);
    expect((await readOn(cursor)).items).toEqual([]);
  });

  test.each([
    ['a trait', { type: 'identify' as const, traits: { plan: 'silver' } }],
    ['a consent', { context: { consent: { marketing: false } } }],
    ['an answer', { type: 'feedback' as const, properties: { survey: 'nps', score: 1 } }],
  ])('names a profile of which %s has changed', async (what, over) => {
    const who = user(`stated ${what}`);
    const first = { traits: { plan: 'gold' }, context: { consent: { marketing: true } } };
    await harness.send([touchpoint([who], { type: 'identify', ...first })]);
    const { cursor } = await readOn(null);
    await harness.send([touchpoint([who], { occurredAt: '2026-03-05T00:00:00.000Z', ...over })]);
    expect((await readOn(cursor)).items.map(({ profile }) => profile)).toEqual([idOf(who)]);
  });

  test('names both profiles of a merge, and both of its withdrawal', async () => {
    await harness.send([touchpoint([user('m-a')]), touchpoint([user('m-b'), cookie('m-b')])]);
    const before = await readOn(null);
    const decision = await decide({ kind: 'merge', refs: ['user_id:m-a', 'user_id:m-b'] });
    const merged = await readOn(before.cursor);
    const [live, ended] = [user('m-a'), user('m-b')]
      .map((one) => merged.items.find(({ profile }) => profile === idOf(one)))
      .toSorted((left) => (left?.state === 'live' ? -1 : 1));
    expect(merged.items).toHaveLength(2);
    expect(live).toMatchObject({ state: 'live', identifierCount: 3 });
    expect(ended).toMatchObject({ state: 'merged', mergedInto: live?.profile, identifiers: [] });
    await harness.call('DELETE', `/v1/identity/decisions/${decision}`);
    const parted = await readOn(merged.cursor);
    expect(
      parted.items.map(({ state, identifierCount }) => `${state} ${identifierCount}`).toSorted(),
    ).toEqual(['live 1', 'live 2']);
  });

  test('has in the log what it has by HTTP', async () => {
    const { items } = await readOn(null);
    const last = new Map<string, ProfileChanged>();
    await poll(() => {
      for (const text of records) {
        const record = profileChangedSchema.parse(JSON.parse(text));
        if ((last.get(record.profile)?.version ?? 0) < record.version) last.set(record.profile, record);
      }
      return Promise.resolve(items.every(({ profile, version }) => last.get(profile)?.version === version));
    });
    for (const item of items) {
      const { kind, ...state } = last.get(item.profile) ?? { kind: null };
      expect([kind, state]).toEqual(['profile.changed', item]);
    }
  });

  test('waits for a change, and answers at once when there is one', async () => {
    const { cursor } = await readOn(null);
    const waiting = changes(`cursor=${cursor}&wait=20`);
    await harness.send([touchpoint([user('awaited')])]);
    const { body } = await waiting;
    expect(body.items).toMatchObject([{ profile: idOf(user('awaited')) }]);
    const empty = await changes(`cursor=${String(body.nextCursor)}&wait=1`);
    expect(empty.body).toMatchObject({ items: [], caughtUp: true, nextCursor: body.nextCursor });
  });

  test('refuses a cursor from before what is forgotten, and none that began since', async () => {
    await harness.send([touchpoint([user('old-a')]), touchpoint([user('old-b')])]);
    const old = await readOn(null);
    await decide({ kind: 'merge', refs: ['user_id:old-a', 'user_id:old-b'] });
    await published();
    const begun = (await changes('limit=1')).body.nextCursor as string;
    await harness.pool.query(`update identity.profile_feed set changed_at = changed_at - interval '31 days'`);
    const client = await harness.pool.connect();
    try {
      expect(await pruneFeed(client, 30, 1_000)).toBeGreaterThan(0);
    } finally {
      client.release();
    }
    const { status, body } = await changes(`cursor=${old.cursor}`);
    expect([status, body.code, body.field]).toEqual([410, 'cursor_expired', 'cursor']);
    const rest = await readOn(begun);
    expect(rest.items.every(({ state }) => state === 'live')).toBe(true);
    expect(rest.items.length).toBeGreaterThan(5);
  });

  test.each(['cursor=x', 'cursor=MQ', 'wait=21', 'wait=1.5', 'wait=', 'limit=0', 'since=1'])(
    'refuses %s',
    async (parameters) => {
      const { status, body } = await changes(parameters);
      expect([status, body.code]).toEqual([400, 'invalid_parameter']);
    },
  );

  test('refuses a cursor that was never given', async () => {
    const future = Buffer.from('9007199254740991 0').toString('base64url');
    expect((await changes(`cursor=${future}`)).status).toBe(410);
  });
});

describe('a copy that is kept by the feed', () => {
  /** Identifiers of each profile, orders and receipts aside, by the tables. */
  async function truth(): Promise<Record<string, string[]>> {
    const { rows } = await harness.pool.query<{ profile: string; identifiers: string[] }>(
      `select r.profile, array_agg(i.id::text order by i.id) as identifiers
       from identity.identifier i join identity.identifier r on r.id = i.root
       where i.first_seen_at is not null and i.type not like 'order_id%' and i.type not like 'receipt_id%'
       group by r.profile order by r.profile`,
    );
    return Object.fromEntries(rows.map(({ profile, identifiers }) => [profile, identifiers]));
  }

  test('ends equal to the profiles through links, merges, splits and withdrawals, by HTTP and by the log', async () => {
    const seed = Math.floor(Math.random() * 1e9);
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const mirror = await createProfileMirror(harness.pool, 'mirror');
    const people = Array.from({ length: 12 }, (_, n) => n);
    const identifiersOf = (n: number): Identifier[] => [
      user(`copy-${n}`),
      email(`copy-${random.pick(people)}@example.org`),
      cookie(`copy-${random.pick(people)}`),
      order(`copy-${random.below(40)}`),
    ];
    const decisions: string[] = [];
    let cursor: string | null = null;
    for (let round = 0; round < 12; round += 1) {
      await harness.send(
        Array.from({ length: 6 }, () => {
          const all = identifiersOf(random.pick(people));
          return touchpoint(random.shuffled(all).slice(0, 1 + random.below(3)), {
            trust: random.chance(0.5) ? 'server' : 'public',
            traits: { seen: round },
          });
        }),
      );
      await rule(random, people, decisions);
      if (!random.chance(0.5)) continue;
      const read: Awaited<ReturnType<typeof readOn>> = await readOn(cursor, 1 + random.below(7));
      await mirror.apply(read.items);
      cursor = read.cursor;
      expect(await mirror.read()).toEqual(await truth());
    }
    await mirror.apply((await readOn(cursor)).items);
    expect(await mirror.read()).toEqual(await truth());
    await expectCopyOfLog(await createProfileMirror(harness.pool, 'mirror_of_log'), random);
  });

  async function rule(
    random: ReturnType<typeof seededRandom>,
    people: readonly number[],
    decisions: string[],
  ): Promise<void> {
    const [one, other] = random.shuffled(people).map((n) => `user_id:copy-${n}`);
    const { body } = await harness.call('POST', '/v1/profiles/lookup', { body: { refs: [one, other] } });
    if (Object.values(body.profiles as object).includes(null)) return;
    const kind = random.pick(['merge', 'split', 'withdraw']);
    const withdrawn = decisions.at(random.below(decisions.length + 1));
    if (kind === 'merge') decisions.push(await decide({ kind, refs: [one, other] }));
    else if (kind === 'split') decisions.push(await decide({ kind, sides: [[one], [other]] }));
    else if (withdrawn !== undefined) await harness.call('DELETE', `/v1/identity/decisions/${withdrawn}`);
  }

  /** As its readers get them: those of different partitions in any order, and some twice. */
  async function expectCopyOfLog(
    mirror: ProfileMirror,
    random: ReturnType<typeof seededRandom>,
  ): Promise<void> {
    const versions = async (): Promise<number> => {
      const { rows } = await harness.pool.query<{ version: string }>(
        'select version from identity.profile_feed_head',
      );
      return Number(rows[0]?.version);
    };
    await poll(async () => {
      const last = await versions();
      return records.some((text) => profileChangedSchema.parse(JSON.parse(text)).version === last);
    });
    const states = records.map((text) => profileChangedSchema.parse(JSON.parse(text)));
    await mirror.apply(random.shuffled([...states, ...states.slice(0, 50)]));
    expect(await mirror.read()).toEqual(await truth());
  }

  test('learns of a person that was erased, and has nothing of it any more', async () => {
    const mirror = await createProfileMirror(harness.pool, 'mirror');
    await harness.send([touchpoint([user('erased'), email('erased@example.org'), cookie('erased')])]);
    const profile = idOf(user('erased'));
    const before = await readOn(null);
    await mirror.apply(before.items);
    expect((await mirror.read())[profile]).toHaveLength(3);
    const { status } = await harness.call('DELETE', `/v1/profiles/${profile}`);
    expect(status).toBeLessThan(300);
    let { cursor } = before;
    await poll(async () => {
      const read = await readOn(cursor);
      cursor = read.cursor;
      await mirror.apply(read.items);
      const { rows } = await harness.pool.query<{ state: string }>(
        'select state from mirror.profile where id = $1',
        [profile],
      );
      return rows[0]?.state === 'gone';
    });
    expect(await mirror.read()).toEqual(await truth());
    expect((await mirror.read())[profile]).toBeUndefined();
  });

  test('that begins again deletes what was not named, and is equal', async () => {
    const mirror = await createProfileMirror(harness.pool, 'mirror');
    await harness.pool.query(
      `insert into mirror.profile values ('00000000-0000-8000-8000-000000000001', 1, 'live', null, false)`,
    );
    await mirror.apply((await readOn(null, 50)).items);
    await mirror.deleteUnnamed();
    expect(await mirror.read()).toEqual(await truth());
    const { rowCount } = await harness.pool.query('select from mirror.profile where version = 1');
    expect(rowCount).toBe(0);
  });
});
