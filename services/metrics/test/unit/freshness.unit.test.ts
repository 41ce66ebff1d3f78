import { topics } from '@throughline/contracts';
import type { EventLog, PartitionLag } from '@throughline/event-log';
import type { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { createFreshness } from '../../src/http/freshness.ts';

const pool = {
  query: () => Promise.resolve({ rows: [{ partition: 0, through: null, next: 3 }] }),
} as unknown as Pool;

/** A log that ends at `endOffset` for both topics; all of the first is resolved. */
function logAt(end: () => number): Pick<EventLog, 'lagsInOrder'> {
  const lagOf = (topic = ''): PartitionLag => ({
    topic,
    partition: 0,
    beginOffset: 0,
    endOffset: end(),
    nextOffset: 3,
  });
  return { lagsInOrder: (asked) => Promise.resolve(asked.map(({ topics: [topic] }) => [lagOf(topic)])) };
}

describe('the freshness of figures', () => {
  test('counts what came into the log right after it was last asked', async () => {
    let endOffset = 3;
    const freshness = createFreshness(
      pool,
      logAt(() => endOffset),
    );
    expect((await freshness()).pendingRecords).toBe(0);
    endOffset = 4;
    expect((await freshness()).pendingRecords).toBe(2);
  });

  test('counts what came during a measurement, with one further measurement for all requests of that time', async () => {
    const held = Promise.withResolvers<void>();
    let asked = 0;
    let endOffset = 3;
    const freshness = createFreshness(pool, {
      lagsInOrder: async (groups) => {
        const isFirst = asked++ === 0;
        const lags = await logAt(() => endOffset).lagsInOrder(groups);
        if (isFirst) await held.promise;
        return lags;
      },
    });
    const first = freshness();
    endOffset = 4;
    const later = [freshness(), freshness(), freshness()];
    held.resolve();
    await first;
    expect((await Promise.all(later)).map(({ pendingRecords }) => pendingRecords)).toEqual([2, 2, 2]);
    expect(asked).toBe(2);
  });

  test('asks for what is resolved after what is to be resolved, so that nothing on its way is missed', async () => {
    const asked: string[] = [];
    const freshness = createFreshness(pool, {
      lagsInOrder: (groups) => {
        asked.push(...groups.flatMap(({ topics: ofGroup }) => ofGroup));
        return logAt(() => 3).lagsInOrder(groups);
      },
    });
    await freshness();
    expect(asked).toEqual([topics.touchpoints, topics.resolved]);
  });

  test('does not keep figures waiting for a log that does not answer, and knows no number then', async () => {
    const freshness = createFreshness(pool, { lagsInOrder: () => new Promise(() => {}) });
    expect(await freshness()).toEqual({ processedThrough: null, pendingRecords: null });
    const failing = createFreshness(pool, { lagsInOrder: () => Promise.reject(new Error('away')) });
    expect((await failing()).pendingRecords).toBeNull();
  });

  test('is held back by the class of traffic that is behind, not by an import long ago', async () => {
    const times = ['2026-03-01T12:00:05Z', '2026-03-01T12:00:03Z', '2025-07-01T00:00:00Z', null];
    const rows = times.map((time, partition) => ({
      partition,
      through: time === null ? null : new Date(time),
      next: 7,
    }));
    const database = { query: () => Promise.resolve({ rows }) } as unknown as Pool;
    const ends: Record<string, number[]> = {
      [topics.touchpoints]: [7, 7, 7, 7],
      [topics.resolved]: [7, 7, 7, 7],
    };
    const lagsOf = (topic = ''): PartitionLag[] =>
      (ends[topic] ?? []).map((endOffset, partition) => ({
        topic,
        partition,
        beginOffset: 0,
        endOffset,
        nextOffset: 7,
      }));
    const log: Pick<EventLog, 'lagsInOrder'> = {
      lagsInOrder: (asked) => Promise.resolve(asked.map(({ topics: [topic] }) => lagsOf(topic))),
    };
    const through = async () => (await createFreshness(database, log)()).processedThrough;
    expect(await through()).toBe('2026-03-01T12:00:05.000Z');
    ends[topics.resolved] = [8, 7, 7, 7];
    expect(await through()).toBe('2026-03-01T12:00:03.000Z');
    ends[topics.resolved] = [7, 7, 7, 7];
    ends[topics.touchpoints] = [7, 9, 7, 7];
    expect(await through()).toBe('2026-03-01T12:00:03.000Z');
    ends[topics.touchpoints] = [7, 7, 7, 9];
    expect(await through()).toBe('2025-07-01T00:00:00.000Z');
  });
});
