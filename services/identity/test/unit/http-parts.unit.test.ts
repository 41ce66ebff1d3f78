import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { createFreshness, type Pending } from '../../src/http/freshness.ts';
import { decodeCursor, encodeCursor } from '../../src/http/page-cursor.ts';
import { toInstant } from '../../src/http/parameters.ts';

describe('freshness', () => {
  test('is never older than the request that asks, and is measured once for all that wait', async () => {
    const measurements: PromiseWithResolvers<Pending>[] = [];
    const freshness = createFreshness({
      progress: () => new Map(),
      countPending: () => {
        const measurement = Promise.withResolvers<Pending>();
        measurements.push(measurement);
        return measurement.promise;
      },
      onFailure: () => {},
    });
    const answer = (index: number, pending: number): void =>
      measurements[index]?.resolve({ records: new Map([[0, pending]]), rechecks: 0 });
    const first = freshness.read();
    const second = freshness.read();
    const third = freshness.read();
    expect(measurements).toHaveLength(1);
    answer(0, 7);
    expect((await first).pendingRecords).toBe(7);
    await Promise.resolve();
    expect(measurements).toHaveLength(2);
    const fourth = freshness.read();
    answer(1, 3);
    expect([(await second).pendingRecords, (await third).pendingRecords]).toEqual([3, 3]);
    answer(2, 0);
    expect((await fourth).pendingRecords).toBe(0);
    void freshness.read();
    expect(measurements).toHaveLength(4);
  });

  test.each([
    ['the latest receipt when nothing is pending', [0, 0], '10:02', 0],
    ['that of the partition which is behind', [3, 0], '10:01', 3],
    ['the earliest of those which are behind', [3, 4], '10:01', 7],
    ['unknown when another process has the partition which is behind', [0, 0, 5], null, 5],
  ])('is through %s', async (_what, pending, processedThrough, pendingRecords) => {
    const freshness = createFreshness({
      progress: () =>
        new Map([
          [0, '10:01'],
          [1, '10:02'],
        ]),
      countPending: () => Promise.resolve({ records: new Map(pending.entries()), rechecks: 0 }),
      onFailure: () => {},
    });
    expect(await freshness.read()).toEqual({ processedThrough, pendingRecords });
  });

  test('counts rechecks as pending, though every touchpoint is in', async () => {
    const freshness = createFreshness({
      progress: () => new Map([[0, '10:01']]),
      countPending: () => Promise.resolve({ records: new Map([[0, 0]]), rechecks: 4 }),
      onFailure: () => {},
    });
    expect(await freshness.read()).toEqual({ processedThrough: '10:01', pendingRecords: 4 });
  });

  test('says so when the log does not answer, and reports it once', async () => {
    const reported: unknown[] = [];
    const freshness = createFreshness({
      progress: () => new Map([[0, '10:01']]),
      countPending: () => (reported.length === 0 ? new Promise(() => {}) : Promise.reject(new Error('down'))),
      onFailure: (error) => reported.push(error),
      timeoutMs: 5,
    });
    for (let n = 0; n < 3; n += 1) {
      expect(await freshness.read()).toEqual({ processedThrough: '10:01', pendingRecords: null });
    }
    expect(reported).toHaveLength(1);
  });
});

describe('cursors', () => {
  test('come back as they went', () => {
    const position = { at: '2026-03-01T10:00:00.123Z', id: '0198c0de-0000-8000-8000-00000000abcd' };
    expect(decodeCursor(encodeCursor(position))).toEqual(position);
  });
});

describe('instants', () => {
  test.each([
    ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01t10:00:00.1234z', '2026-03-01T10:00:00.123Z', '2026-03-01T10:00:00.124Z'],
    ['2026-03-01T10:00:00.123000+00:00', '2026-03-01T10:00:00.123Z', '2026-03-01T10:00:00.123Z'],
    ['2024-02-29T23:30:00-01:00', '2024-03-01T00:30:00.000Z', '2024-03-01T00:30:00.000Z'],
  ])('%s lies between %s and %s', (text, down, up) => {
    expect([toInstant(text, 'down'), toInstant(text, 'up')]).toEqual([down, up]);
  });

  test.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01 00:00:00Z',
    '+010000-01-01T00:00:00Z',
  ])('%s is none', (text) => expect(toInstant(text, 'down')).toBeNull());
});

describe('the configuration', () => {
  const environment = {
    DATABASE_URL: 'postgres://localhost/throughline',
    THROUGHLINE_IDENTITY_SECRET: 'x'.repeat(22),
    THROUGHLINE_READ_KEY: 'rk_0123456789abcdef0123456789abcdef',
  };

  test('needs a database, a secret and a key that can ask', () => {
    expect(parseConfig(environment).listen).toEqual({ host: '127.0.0.1', port: 8081, isLoopback: true });
    expect(() => parseConfig({ ...environment, DATABASE_URL: '' })).toThrow('DATABASE_URL');
    expect(() => parseConfig({ ...environment, THROUGHLINE_READ_KEY: undefined })).toThrow(
      'THROUGHLINE_READ_KEY',
    );
  });

  test('names a wrong secret without repeating it', () => {
    const secret = 'too-short-to-be-safe';
    expect(() => parseConfig({ ...environment, THROUGHLINE_IDENTITY_SECRET: secret })).toThrow(
      /^THROUGHLINE_IDENTITY_SECRET: must have at least 22 characters$/,
    );
  });
});
