import { seededRandom } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastTraits, type TraitSource } from '../../src/consume/trait-writes.ts';
import { maxPublicTraits, saveTraits } from '../../src/db/save-traits.ts';
import { type HttpHarness, startHttpHarness, touchpoint, user } from './http-harness.ts';

let harness: HttpHarness;
beforeAll(async () => {
  harness = await startHttpHarness();
});
afterAll(() => harness.close());

const identifier = (n: number): string => `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`;

/** Small numbers of names and times, so that touchpoints overwrite each other and ties occur. */
function randomSources(seed: number): TraitSource[] {
  const random = seededRandom(seed);
  return Array.from({ length: 30 }, (_, n) => ({
    identifier: '',
    trust: random.below(4) === 0 ? 'server' : 'public',
    at: `2026-01-0${1 + random.below(3)}T00:00:00.000Z`,
    source: 'website',
    touchpointId: `t${n}`,
    statements: [...new Map(Array.from({ length: 25 }, () => [`name ${random.below(400)}`, n] as const))].map(
      ([name, value]) => ({ kind: 'trait' as const, name, value }),
    ),
  }));
}

/** The definition, the slow way: of each trust and name the last writer; of the public names those of the smallest rank. */
function expectedTraits(sources: readonly TraitSource[]): string[] {
  const inOrder = sources.toSorted((left, right) =>
    `${left.at} ${left.touchpointId}` < `${right.at} ${right.touchpointId}` ? -1 : 1,
  );
  const last = new Map<string, string>();
  const publicNames = new Set<string>();
  for (const { trust, statements, touchpointId } of inOrder) {
    for (const { name, value } of statements) {
      if (trust === 'public') publicNames.add(name);
      last.set(`${trust} ${name}`, `${String(value)} ${touchpointId}`);
    }
  }
  expect(publicNames.size).toBeGreaterThan(maxPublicTraits);
  const rank = (name: string): string => harness.ids.traitRank(name);
  const left = [...publicNames].toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(maxPublicTraits);
  for (const name of left) last.delete(`public ${name}`);
  return [...last].map(([key, value]) => `${key} ${value}`).toSorted();
}

async function storedTraits(of: string): Promise<string[]> {
  const { rows } = await harness.pool.query<{ row: string }>(
    `select trust || ' ' || name || ' ' || value || ' ' || touchpoint_id as row from identity.trait where identifier = $1`,
    [of],
  );
  return rows.map(({ row }) => row).toSorted();
}

describe('traits', () => {
  test('the public names that an identifier keeps are a function of the set, in any order and any batches', async () => {
    const seed = Math.floor(Math.random() * 1e9);
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const sources = randomSources(seed);
    const expected = expectedTraits(sources);
    const client = await harness.pool.connect();
    try {
      for (let n = 0; n < 6; n += 1) {
        const shuffled = random.shuffled(sources).map((one) => ({ ...one, identifier: identifier(n) }));
        for (let start = 0; start < shuffled.length;) {
          const size = 1 + random.below(8);
          await saveTraits(client, lastTraits(harness.ids, shuffled.slice(start, start + size)));
          start += size;
        }
        expect(await storedTraits(identifier(n))).toEqual(expected);
      }
    } finally {
      client.release();
    }
  });

  test('a public key neither hides nor replaces what a server said, however many names it invents', async () => {
    const flood = (of: number) =>
      Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`!${of}-${n}`, 1]));
    await harness.send([
      touchpoint([user('crowded')], { type: 'identify', traits: { tier: 'silver', zip: '53111' } }),
      ...Array.from({ length: 10 }, (_, n) =>
        touchpoint([user('crowded')], {
          type: 'identify',
          trust: 'public',
          traits: { ...flood(n), tier: 'none' },
        }),
      ),
    ]);
    const { body } = await harness.profile('user_id:crowded');
    expect(Object.keys(body.traits).slice(0, 2)).toEqual(['tier', 'zip']);
    expect(body.traits.tier).toMatchObject({ value: 'silver', source: 'server' });
    const publicNames = Object.values<{ source: string }>(body.traits).filter(
      ({ source }) => source === 'website',
    );
    expect(publicNames.length).toBeGreaterThanOrEqual(maxPublicTraits - 1);
    expect(publicNames.length).toBeLessThanOrEqual(maxPublicTraits);
  });
});
