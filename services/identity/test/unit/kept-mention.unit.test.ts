import type { Trust } from '@throughline/contracts';
import { type Random, seededRandom } from '@throughline/testkit';
import { expect, test } from 'vitest';
import {
  foldMentions,
  keptMentions,
  mentionsAsTouchpoints,
  nothingSeen,
} from '../../src/core/kept-mention.ts';
import { type Mentions, recordMention } from '../../src/core/mentions.ts';

const id = 'a';
const identifier = { id, type: 'device_id', blocked: false, verified: false, guessable: false } as const;
const days = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04'];
const seeds = Array.from({ length: 1_000 }, (_, seed) => seed);

interface Seen {
  trust: Trust;
  occurredAt: string;
  receivedAt: string;
  original: string | null;
}

function some(random: Random, least = 0): Seen[] {
  return Array.from({ length: least + random.below(4) }, () => ({
    trust: random.pick(['server', 'public'] as const),
    occurredAt: random.pick(days),
    receivedAt: random.pick(days),
    original: random.pick([null, 'A', 'B']),
  }));
}

function recorded(touchpoints: readonly Seen[]): Mentions {
  const mentions = nothingSeen(id);
  for (const one of touchpoints) recordMention(mentions, one, one.original);
  return mentions;
}

function keptOf(touchpoints: readonly Seen[], erasedAt: string) {
  return keptMentions(
    touchpoints.map(({ original, ...one }) => ({
      ...one,
      erasedAt,
      mentioned: [{ ...identifier, blockedThen: false, ...(original === null ? {} : { original }) }],
    })),
  );
}

test('what is kept of dropped touchpoints and measured of others is what all of them say, in any order', () => {
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const [remaining, first, second] = [some(random), some(random), some(random)];
    const kept = [...keptOf(first, '1'), ...keptOf(second, '2')];
    const all = recorded([...second, ...remaining, ...first]);
    expect(foldMentions(id, [recorded(remaining), ...kept])).toEqual(all);
    expect(foldMentions(id, [...kept.toReversed(), recorded(remaining)])).toEqual(all);
  }
});

test('as touchpoints of which nothing is left it says what was kept', () => {
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const [dropped, remaining] = [some(random, 1), some(random)];
    const mentions = recorded(remaining);
    for (const kept of keptOf(dropped, '1')) {
      for (const one of mentionsAsTouchpoints(identifier, kept)) {
        for (const { original } of one.mentioned ?? []) recordMention(mentions, one, original);
      }
    }
    expect(mentions).toEqual(recorded([...remaining, ...dropped]));
  }
});
