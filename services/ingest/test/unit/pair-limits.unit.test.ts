import { AppError } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { chargedPairs } from '../../src/core/charged-pairs.ts';
import { TokenBuckets } from '../../src/core/token-buckets.ts';
import { createPairLimits, type PairLimits, type PublicSender } from '../../src/receive/pair-limits.ts';

describe('the pairs of identifiers of an item', () => {
  test.each([
    [1, 0],
    [3, 0],
    [4, 3],
    [6, 12],
    [20, 187],
  ])('of %i identifiers are charged as %i', (identifiers, pairs) => {
    expect(chargedPairs(identifiers)).toBe(pairs);
  });
});

describe('token buckets', () => {
  test('are full at first, fill at their rate, and hold no more than their burst', () => {
    const buckets = new TokenBuckets({ perMinute: 120, burst: 10, remembered: 5 });
    expect(buckets.waitMs('shop', 10, 0)).toBe(0);
    buckets.take('shop', 10, 0);
    expect(buckets.waitMs('shop', 3, 0)).toBe(1_500);
    expect(buckets.waitMs('shop', 3, 1_000)).toBe(500);
    expect(buckets.waitMs('other', 10, 0)).toBe(0);
    buckets.take('shop', 3, 1_500);
    expect(buckets.waitMs('shop', 10, 3_600_000)).toBe(0);
    expect(buckets.waitMs('shop', 11, 3_600_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test('forget the name that was used longest ago', () => {
    const buckets = new TokenBuckets({ perMinute: 60, burst: 4, remembered: 2 });
    for (const name of ['one', 'two', 'one', 'three']) buckets.take(name, 2, 0);
    expect(buckets.waitMs('one', 1, 0)).toBe(1_000);
    expect(buckets.waitMs('two', 4, 0)).toBe(0);
    expect(buckets.waitMs('three', 2, 0)).toBe(0);
  });
});

describe('limits of pairs', () => {
  const website = (address: string | null): PublicSender => ({ key: 'website', address });

  function refusalOf(limits: PairLimits, sender: PublicSender, pairs: number): AppError | null {
    try {
      limits.charge(sender, pairs);
      return null;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  test('one address cannot use up what a key may send', () => {
    const limits = createPairLimits({ address: 1_200, key: 12_000 }, () => 0);
    expect(refusalOf(limits, website('192.0.2.7'), 200)).toBeNull();
    expect(refusalOf(limits, website('192.0.2.7'), 100)).toMatchObject({
      code: 'rate_limited',
      details: { retryAfterSeconds: 5 },
    });
    expect(refusalOf(limits, website('192.0.2.8'), 200)).toBeNull();
  });

  test('all addresses together have what the key has, and what is refused is not charged', () => {
    let now = 0;
    const limits = createPairLimits({ address: 1_200, key: 1_800 }, () => now);
    expect(refusalOf(limits, website('192.0.2.7'), 200)).toBeNull();
    expect(refusalOf(limits, website('192.0.2.8'), 150)?.details.retryAfterSeconds).toBe(2);
    expect(refusalOf(limits, website(null), 100)).toBeNull();
    now = 5_000;
    expect(refusalOf(limits, website('192.0.2.8'), 150)).toBeNull();
  });

  test('what can never come at once is refused with the advice to send less', () => {
    const limits = createPairLimits({ address: 0, key: 60 }, () => 0);
    const refusal = refusalOf(limits, website('192.0.2.7'), 188);
    expect(refusal).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 60 } });
    expect(refusal?.message).toContain('fewer items');
    expect(refusalOf(limits, website('192.0.2.7'), 187)).toBeNull();
  });

  test('0 is no limit', () => {
    const limits = createPairLimits({ address: 0, key: 0 }, () => 0);
    expect(refusalOf(limits, website('192.0.2.7'), 1_000_000)).toBeNull();
  });

  test('are settings', () => {
    const environment = {
      DATABASE_URL: 'postgres://127.0.0.1/none',
      THROUGHLINE_SERVER_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
    };
    const { pairsPerMinute } = parseConfig({ ...environment, THROUGHLINE_KEY_PAIRS_PER_MINUTE: '900' });
    expect(pairsPerMinute.key).toBe(900);
    expect(() => parseConfig({ ...environment, THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE: 'many' })).toThrow(
      /THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE/,
    );
  });
});
