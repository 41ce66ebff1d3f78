import { expect, test } from 'vitest';
import { createSeriesCatalog } from '../../src/core/series.ts';
import { readCohortKey } from '../../src/http/cohort-key.ts';
import { settings } from '../expected-figures.ts';

const catalog = createSeriesCatalog(settings);
const asked = {
  figure: 'cohort.first',
  startActivity: 'engagement',
  activity: 'purchase',
  period: 'week',
  bucket: '3',
  previous: '1',
};

test('a cell of cohorts is named by its pair, period, bucket and the bucket before', () => {
  const { figure, startActivity, activity, period } = asked;
  expect(readCohortKey(asked, 5, catalog)).toEqual({
    key: { figure, dimensions: { startActivity, activity, period } },
    bucket: 3,
    previous: 1,
  });
});

test.each([
  ['a pair that is not kept', { startActivity: 'purchase', activity: 'engagement' }],
  [
    'a mode that the pair is not kept with',
    { figure: 'cohort.recurring', startActivity: 'netPurchase', activity: 'engagement' },
  ],
  ['a bucket after what is later than the last', { bucket: '4' }],
  ['a bucket before that is not earlier', { previous: '3' }],
  ['a bucket that is no number', { bucket: '1e0' }],
  ['no such period', { period: 'year' }],
])('%s names no cell', (_name, other) => {
  expect(readCohortKey({ ...asked, ...other }, 5, catalog)).toBeNull();
});

test('a question with other dimensions names no cell', () => {
  expect(readCohortKey(asked, 6, catalog)).toBeNull();
});
