import { describe, expect, test } from 'vitest';
import { scoreOf } from '../../src/core/score.ts';

const feedback = { type: 'feedback', name: null, channel: 'web', trust: 'server' as const };

describe('the score of a touchpoint', () => {
  test.each([
    ['the property `metric`', { metric: 'nps', survey: 'csat', score: 10 }, { metric: 'nps', score: 10 }],
    ['the property `survey` without one', { survey: 'CSAT', score: '4' }, { metric: 'csat', score: 4 }],
    ['a whole number with decimals', { metric: ' ces ', score: '7.0' }, { metric: 'ces', score: 7 }],
  ])('is read with %s', (_what, properties, expected) => {
    expect(scoreOf({ ...feedback, properties })).toEqual({ ...expected, channel: 'web' });
  });

  test('is read with its name where the properties name no metric', () => {
    expect(scoreOf({ ...feedback, name: 'NPS', properties: { score: 0 } })?.metric).toBe('nps');
    expect(scoreOf({ ...feedback, name: 'NPS', properties: { metric: 3, score: 0 } })).toBeNull();
  });

  test.each([
    ['a score outside of the scale', { metric: 'csat', score: 0 }],
    ['a fraction', { metric: 'nps', score: 8.5 }],
    ['a text that is no number', { metric: 'nps', score: '0x9' }],
    ['digits that are not ASCII', { metric: 'nps', score: '٩' }],
    ['a truth value', { metric: 'nps', score: true }],
    ['another metric', { metric: 'nps2', score: 9 }],
  ])('is none of %s', (_what, properties) => {
    expect(scoreOf({ ...feedback, properties })).toBeNull();
  });

  test('is none of another type, and has no channel that a public key made up', () => {
    const properties = { metric: 'nps', score: 9 };
    expect(scoreOf({ ...feedback, type: 'track', properties })).toBeNull();
    const made = { ...feedback, trust: 'public' as const, channel: 'booth 7', properties };
    expect(scoreOf(made)).toEqual({ metric: 'nps', score: 9, channel: null });
  });
});
