import { expect, test } from 'vitest';
import { LoadedHistory } from '../../src/core/loaded-history.ts';

const mark = (at: number, stage: string) => ({ stage, at, channel: null, source: 'website', id: `t-${at}` });

test('a history that was loaded as a whole answers for every activity and day, with the latest mark of each', () => {
  const history = new LoadedHistory();
  expect(history.counts('a', 'own', 1)).toBe(undefined);
  history.learnWhole({
    identifier: 'a',
    counts: [{ part: 'attached', activity: 2, day: 11, count: 3 }],
    marks: [
      { part: 'attached', day: 11, mark: mark(20, 'loyal') },
      { part: 'attached', day: 11, mark: mark(10, 'browse') },
    ],
  });
  expect(history.isWhole('a')).toBe(true);
  expect(history.counts('a', 'own', 1)?.get(11)).toBe(null);
  expect(history.counts('a', 'attached', 2)?.get(11)).toBe(3);
  expect(history.counts('a', 'attached', 2)?.higher(11)).toBe(null);
  expect(history.marks('a', 'attached')?.get(11)?.stage).toBe('loyal');
  expect(history.marks('a', 'own')?.get(11)).toBe(null);
  expect(history.hasPieces()).toBe(false);
});
