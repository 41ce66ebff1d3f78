import { engagementActivity, purchaseActivity, type ActivityFilter } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { matchesFilter, type FilteredTouchpoint } from '../../src/core/activity-filter.ts';

const touchpoint: FilteredTouchpoint = {
  type: 'track',
  name: 'Order Completed',
  source: 'server',
  channel: null,
  stage: 'purchase',
  sentiment: 0.5,
  properties: { plan: 'pro', total: 12, nested: { items: [{ sku: 'a' }] }, empty: null },
};

const clause = (field: string, op: string, value?: unknown): ActivityFilter =>
  ({ all: [{ field, op, ...(value === undefined ? {} : { value }) }] }) as ActivityFilter;

describe('an activity filter', () => {
  test('ships as purchase and engagement', () => {
    expect(matchesFilter(purchaseActivity.filter, touchpoint)).toBe(true);
    expect(matchesFilter(engagementActivity.filter, touchpoint)).toBe(true);
    const identify = { ...touchpoint, type: 'identify', name: null };
    expect(matchesFilter(purchaseActivity.filter, identify)).toBe(false);
    expect(matchesFilter(engagementActivity.filter, identify)).toBe(false);
    expect(matchesFilter(purchaseActivity.filter, { ...identify, type: 'receipt' })).toBe(true);
  });

  test.each([
    [clause('name', 'eq', 'Order Completed'), true],
    [clause('channel', 'eq', 'store'), false],
    [clause('channel', 'exists'), false],
    [clause('sentiment', 'gte', 0.5), true],
    [clause('sentiment', 'lte', 0.4), false],
    [clause('name', 'prefix', 'Order'), true],
    [clause('source', 'in', ['web', 'server']), true],
    [clause('source', 'in', 'server'), false],
    [clause('properties.plan', 'eq', 'pro'), true],
    [clause('properties.total', 'eq', '12'), false],
    [clause('properties.total', 'gte', 12), true],
    [clause('properties.plan', 'gte', 'basic'), true],
    [clause('properties.nested.items.0.sku', 'eq', 'a'), true],
    [clause('properties.empty', 'exists'), false],
    [clause('properties.toString', 'exists'), false],
    [{}, true],
    [{ any: [] }, true],
    [{ all: [], any: [{ field: 'type', op: 'eq', value: 'page' }] } satisfies ActivityFilter, false],
  ])('%j', (filter, expected) => {
    expect(matchesFilter(filter, touchpoint)).toBe(expected);
  });
});
