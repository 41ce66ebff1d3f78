import type { Touchpoint } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { foldTraits, type LastStatement } from '../../src/core/fold-traits.ts';
import { statementsOf } from '../../src/core/statements.ts';

const at = '2026-03-01T10:00:00.000Z';
const base: Touchpoint = {
  id: 't1',
  source: 'shop',
  type: 'track',
  name: null,
  occurredAt: at,
  receivedAt: at,
  identifiers: [{ type: 'user_id', value: 'ada' }],
};
const feedback = (properties: Record<string, unknown>, name: string | null = null) =>
  statementsOf({ ...base, type: 'feedback', name, properties }).map((one) => [one.name, one.value]);

describe('the statements of a touchpoint', () => {
  test('are its traits and the consents that have a boolean, also of other types than identify', () => {
    const context = { consent: { marketing: false, analytics: true, note: 'maybe', 7: 1 } };
    expect(statementsOf({ ...base, traits: { plan: 'gold' }, context })).toEqual([
      { kind: 'trait', name: 'plan', value: 'gold' },
      { kind: 'consent', name: 'marketing', value: false },
      { kind: 'consent', name: 'analytics', value: true },
    ]);
  });

  test('are at most 50 consents, and none with a name of more than 200 characters', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`c${n}`, true]));
    expect(statementsOf({ ...base, context: { consent: many } })).toHaveLength(50);
    expect(statementsOf({ ...base, context: { consent: { ['x'.repeat(201)]: true } } })).toEqual([]);
  });

  test.each([
    [
      'a question with its answer',
      { survey: 'visit', question: 'How was it?', answer: 4 },
      [['visit\nHow was it?', 4]],
    ],
    [
      'answers by question',
      { survey: 'visit', answers: { food: 5, staff: ['kind', 'quick'] } },
      [
        ['visit\nfood', 5],
        ['visit\nstaff', ['kind', 'quick']],
      ],
    ],
    [
      'a score, a rating and a comment',
      { survey: 'nps', score: 9, rating: 0, comment: 'good' },
      [
        ['nps\nscore', 9],
        ['nps\nrating', 0],
        ['nps\ncomment', 'good'],
      ],
    ],
    ['a survey that is a number', { survey: 12, score: 9 }, [['12\nscore', 9]]],
    ['line breaks in the names', { survey: 'a\n b', question: 'c\nd', answer: true }, [['a b\nc d', true]]],
  ])('of feedback are %s', (_what, properties, expected) => {
    expect(feedback(properties)).toEqual(expected);
  });

  test('of feedback without a survey are those of its name', () => {
    expect(feedback({ score: 3 }, 'Store Rated')).toEqual([['Store Rated\nscore', 3]]);
    expect(feedback({ score: 3 })).toEqual([['feedback\nscore', 3]]);
  });

  test('of feedback leave out empty answers, hostile names and the hundred-and-first answer', () => {
    expect(feedback({ survey: 's', question: 'q', answer: '', answers: { a: null, ' ': 1 } })).toEqual([]);
    expect(feedback({ survey: '__proto__', question: '__proto__', answer: 1, score: 2 })).toEqual([
      ['feedback\nscore', 2],
    ]);
    const answers = Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`q${n}`, n]));
    expect(feedback({ answers })).toHaveLength(100);
    const long = feedback({ survey: '😀'.repeat(300), question: 'x'.repeat(300), answer: 1 });
    expect(long).toEqual([[`${'😀'.repeat(200)}\n${'x'.repeat(200)}`, 1]]);
  });

  test('that are answers come from feedback only', () => {
    expect(statementsOf({ ...base, properties: { survey: 'nps', score: 9 } })).toEqual([]);
  });
});

describe('the fold over the identifiers of a profile', () => {
  const row = (over: Partial<LastStatement>): LastStatement => ({
    kind: 'consent',
    name: 'marketing',
    value: 'true',
    at,
    source: 'shop',
    touchpoint_id: 't1',
    ...over,
  });
  const limits = { trait: 2, consent: 2, answer: 2 };

  test('takes the last consent of a category, and a public one only where no server stated it', () => {
    const { consents } = foldTraits(
      [row({ value: 'false', at: '2026-03-01T09:00:00.000Z' }), row({ value: 'true' })],
      [row({ value: 'false', at: '2026-03-09T00:00:00.000Z' }), row({ name: 'analytics', value: 'false' })],
      limits,
    );
    expect(consents).toEqual({
      marketing: { granted: true, at, source: 'shop' },
      analytics: { granted: false, at, source: 'shop' },
    });
  });

  test('keeps a trait, a consent and an answer of one name apart, each with its own limit', () => {
    const rows = ['a', 'b', 'c'].flatMap((name) => [
      row({ kind: 'trait', name, value: '1' }),
      row({ name, value: 'true' }),
      row({ kind: 'answer', name: `${name}\nscore`, value: '9' }),
    ]);
    const folded = foldTraits(rows.slice(0, 8), [], limits);
    expect(folded.truncated).toEqual({ trait: true, consent: true, answer: false });
    expect(Object.keys(folded.traits)).toEqual(['a', 'b']);
    expect(Object.keys(folded.consents)).toEqual(['a', 'b']);
    expect(folded.feedback).toEqual({
      a: { score: { answer: 9, at, source: 'shop' } },
      b: { score: { answer: 9, at, source: 'shop' } },
    });
  });
});
