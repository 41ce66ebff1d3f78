/** What the consumer makes of records that it cannot use, and what it logs of the others. */
import { describe, expect, test } from 'vitest';
import { askOf, type MetricsApiBench } from './bench.ts';

export function describeConsumer(bench: MetricsApiBench): void {
  const ask = askOf(bench);

  describe('the consumer', () => {
    test('sets records aside that cannot be used, each with its reason, and consumes the others', async () => {
      const { rows } = await bench
        .pool()
        .query<{ record_offset: number; code: string; message: string }>(
          'select record_offset, code, message from metrics.dead_letter order by record_offset',
        );
      expect(rows.map(({ record_offset, code }) => [record_offset, code])).toEqual([
        [0, 'unreadable_record'],
        [4, 'unknown_kind'],
        [5, 'record_failed'],
      ]);
      const { body } = await ask('growth?window=7&from=2026-03-06&to=2026-03-06');
      expect(body).toMatchObject({ days: [{ active: 2 }] });
    });

    test('logs the id of every touchpoint it counts, and never what looks like an address', () => {
      const counted = bench.metrics().lines.filter(({ event }) => event === 'touchpoints.counted');
      const ids = counted.flatMap(({ touchpoints }) => touchpoints as string[]);
      expect(ids).toHaveLength(4);
      expect(ids).toEqual(expect.arrayContaining(['t1', 't2', 't5']));
      expect(JSON.stringify(bench.metrics().lines)).not.toContain('example.org');
      expect(ids.some((id) => id.startsWith('sha256:'))).toBe(true);
    });
  });
}
