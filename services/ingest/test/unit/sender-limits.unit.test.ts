import type { AppError } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { chargedPairs } from '../../src/core/charged-pairs.ts';
import { TokenBuckets } from '../../src/core/token-buckets.ts';
import {
  createSenderLimits,
  type AmountPerMinute,
  type SenderLimits,
  type PublicSender,
} from '../../src/receive/sender-limits.ts';

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

const none: AmountPerMinute = { address: 0, key: 0 };
const website = (address: string | null): PublicSender => ({ key: 'website', address });

describe('limits of pairs', () => {
  const createLimits = (pairs: AmountPerMinute, now = () => 0) =>
    createSenderLimits({ pairs, rejectedBytes: none }, now);

  function refusalOf(limits: SenderLimits, sender: PublicSender, pairs: number): AppError | null {
    return limits.charge(sender, { pairs, rejectedBytes: 0 }).refusal;
  }

  test('one address cannot use up what a key may send', () => {
    const limits = createLimits({ address: 1_200, key: 12_000 });
    expect(refusalOf(limits, website('192.0.2.7'), 200)).toBeNull();
    expect(refusalOf(limits, website('192.0.2.7'), 100)).toMatchObject({
      code: 'rate_limited',
      details: { retryAfterSeconds: 5 },
    });
    expect(refusalOf(limits, website('192.0.2.8'), 200)).toBeNull();
  });

  test('all addresses together have what the key has, and what is refused is not charged', () => {
    let now = 0;
    const limits = createLimits({ address: 1_200, key: 1_800 }, () => now);
    expect(refusalOf(limits, website('192.0.2.7'), 200)).toBeNull();
    expect(refusalOf(limits, website('192.0.2.8'), 150)?.details.retryAfterSeconds).toBe(2);
    expect(refusalOf(limits, website(null), 100)).toBeNull();
    now = 5_000;
    expect(refusalOf(limits, website('192.0.2.8'), 150)).toBeNull();
  });

  test('what can never come at once is refused with the advice to send less', () => {
    const limits = createLimits({ address: 0, key: 60 });
    const refusal = refusalOf(limits, website('192.0.2.7'), 188);
    expect(refusal).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 60 } });
    expect(refusal?.message).toContain('fewer items');
    expect(refusalOf(limits, website('192.0.2.7'), 187)).toBeNull();
  });

  test('0 is no limit', () => {
    expect(refusalOf(createLimits(none), website('192.0.2.7'), 1_000_000)).toBeNull();
  });
});

describe('what an answer says about the limits of its sender', () => {
  test('is each limit that was charged, what is left of it, and when it is whole again', () => {
    let now = 0;
    const limits = createSenderLimits(
      { pairs: { address: 1_200, key: 6_000 }, rejectedBytes: { address: 0, key: 60_000_000 } },
      () => now,
    );
    expect(limits.charge(website('192.0.2.7'), { pairs: 0, rejectedBytes: 0 })).toEqual({
      states: [],
      refusal: null,
    });
    const policy = { unit: 'identifier-pairs', windowSeconds: 60 };
    const byAddress = { ...policy, name: 'address-identifier-pairs', quota: 1_200 };
    const byKey = { ...policy, name: 'key-identifier-pairs', quota: 6_000 };
    expect(limits.charge(website('192.0.2.7'), { pairs: 150, rejectedBytes: 0 }).states).toEqual([
      { ...byAddress, remaining: 50, resetSeconds: 8 },
      { ...byKey, remaining: 850, resetSeconds: 2 },
    ]);
    now = 500;
    const refused = limits.charge(website('192.0.2.7'), { pairs: 100, rejectedBytes: 10 });
    expect(refused.refusal?.details.retryAfterSeconds).toBe(2);
    expect(refused.states).toMatchObject([
      { ...byAddress, remaining: 60, resetSeconds: 2 },
      { ...byKey, remaining: 900 },
      { name: 'key-rejected-bytes', unit: 'rejected-bytes', remaining: 10_000_000 },
    ]);
  });
});

describe('limits of rejected bytes', () => {
  const createLimits = (rejectedBytes: AmountPerMinute) =>
    createSenderLimits({ pairs: none, rejectedBytes }, () => 0);

  test('let every single request pass, and refuse a flood of them', () => {
    const limits = createLimits({ address: 60, key: 0 });
    const largest = { pairs: 0, rejectedBytes: 2_500_000 };
    expect(limits.charge(website('192.0.2.7'), largest).refusal).toBeNull();
    expect(limits.charge(website('192.0.2.7'), largest).refusal).toMatchObject({ code: 'rate_limited' });
    expect(limits.charge(website('192.0.2.8'), largest).refusal).toBeNull();
  });

  test('of a source are its own where its settings say so', () => {
    const limits = createLimits({ address: 0, key: 0 });
    const amounts = { pairs: 0, rejectedBytes: 5_000_000 };
    expect(limits.charge(website(null), amounts).refusal).toBeNull();
    const own = { rejectedBytes: { key: 60 } };
    expect(limits.charge(website(null), amounts, own).refusal?.message).toContain('fewer items');
    expect(limits.charge(website(null), amounts, { rejectedBytes: { address: 60 } }).refusal).toBeNull();
  });
});

test('the limits of senders are settings', () => {
  const environment = {
    DATABASE_URL: 'postgres://127.0.0.1/none',
    THROUGHLINE_SERVER_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
  };
  const { senderLimits } = parseConfig({
    ...environment,
    THROUGHLINE_KEY_PAIRS_PER_MINUTE: '900',
    THROUGHLINE_ADDRESS_REJECTED_BYTES_PER_MINUTE: '0',
  });
  expect(senderLimits).toMatchObject({ pairs: { key: 900 }, rejectedBytes: { address: 0, key: 60_000_000 } });
  expect(() => parseConfig({ ...environment, THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE: 'many' })).toThrow(
    /THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE/,
  );
});
