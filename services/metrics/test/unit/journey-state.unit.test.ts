import { expect, test } from 'vitest';
import { isSameContent, type JourneyContent } from '../../src/core/journey-state.ts';

const content: JourneyContent = {
  stage: 'purchase',
  relationship: 'customer',
  lifecycle: 'new',
  valueClass: 'A',
  lastDays: { engagement: 20_000, purchase: 19_990 },
};

test('what is kept of a journey is the same in whatever order the database has its keys', () => {
  const { lastDays, ...plain } = content;
  const { purchase = 0, engagement = 0 } = lastDays;
  expect(isSameContent(content, { lastDays: { purchase, engagement }, ...plain })).toBe(true);
});

test.each<Partial<JourneyContent>>([
  { stage: null },
  { relationship: 'repeat' },
  { lifecycle: 'returning' },
  { valueClass: null },
  { lastDays: { engagement: 20_001, purchase: 19_990 } },
  { lastDays: { engagement: 20_000 } },
  { lastDays: { engagement: 20_000, purchase: 19_990, review: 1 } },
  { lastDays: { engagement: 20_000, review: 19_990 } },
])('what is kept of a journey is another with %j', (change) => {
  expect(isSameContent(content, { ...content, ...change })).toBe(false);
  expect(isSameContent({ ...content, ...change }, content)).toBe(false);
});
