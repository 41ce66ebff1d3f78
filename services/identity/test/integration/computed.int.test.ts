import type { ProfileJourney } from '@throughline/contracts';
import { seededRandom } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

function journey(profile: string, version: number, stage: string | null): ProfileJourney {
  const churn = {
    activity: 'purchase',
    window: 30,
    lastActive: '2026-03-01',
    churnsOn: '2026-03-31',
    state: 'active' as const,
  };
  return {
    kind: 'profile.journey',
    profile,
    version,
    day: '2026-03-02',
    state:
      stage === null
        ? null
        : { stage, relationship: 'customer', lifecycle: 'new', valueClass: 'B', churn: [churn] },
    changes: [],
  };
}

const computedOf = async (ref: string) => (await harness.profile(ref)).body.computed as unknown;

describe('what metrics computed of a profile', () => {
  test('is shown with the profile, by any of its references, and changes its entity tag', async () => {
    const profile = harness.ids.identifierId('user_id', 'ada');
    await harness.send([touchpoint([user('ada'), { type: 'email', value: 'ada@example.org' }])]);
    expect(await computedOf('user_id:ada')).toBeNull();
    const before = (await harness.profile('user_id:ada')).headers.get('etag');
    const record = journey(profile, 1, 'purchase');
    await harness.appendTo('journeys.v1', [record]);
    await poll(async () => (await computedOf('user_id:ada')) !== null);
    expect(await computedOf('email:ada@example.org')).toEqual({
      ...record.state,
      day: record.day,
      version: 1,
    });
    expect((await harness.profile('user_id:ada')).headers.get('etag')).not.toBe(before);
  });

  test('is the newest, in whatever order and however often records come, also when it ended in between', async () => {
    const random = seededRandom(7);
    const profiles = ['bob', 'cyd', 'dan'].map((name) => harness.ids.identifierId('user_id', name));
    await harness.send(['bob', 'cyd', 'dan'].map((name) => touchpoint([user(name)])));
    const last = [9, 10, 11];
    const records = profiles.flatMap((profile, place) =>
      Array.from({ length: last[place] ?? 0 }, (_, n) =>
        journey(profile, n + 1, (n + 1) % 10 === 0 ? null : `stage ${n + 1}`),
      ),
    );
    for (const record of random.shuffled([...records, ...records]))
      await harness.appendTo('journeys.v1', [record]);
    const stored = async (): Promise<number[]> => {
      const { rows } = await harness.pool.query<{ version: string }>(
        'select version from identity.profile_journey where profile = any($1::uuid[]) order by version',
        [profiles],
      );
      return rows.map(({ version }) => Number(version));
    };
    await poll(async () => String(await stored()) === String(last));
    expect(await computedOf('user_id:bob')).toMatchObject({ stage: 'stage 9', version: 9 });
    expect(await computedOf('user_id:cyd')).toBeNull();
    expect(await computedOf('user_id:dan')).toMatchObject({ stage: 'stage 11', version: 11 });
  });
});
