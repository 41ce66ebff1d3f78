import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAcknowledgedOrder } from '../../src/core/acknowledged-order.ts';
import { batchLimits, bodyOf, createBatchBuilder, type Batch } from '../../src/core/build-batches.ts';
import { createRowGrouper, runMaxRows, type Run } from '../../src/core/group-rows.ts';
import type { Mapping } from '../../src/core/mapping-schema.ts';
import { fileStart, type Row } from '../../src/core/position.ts';

const rowOf = (fields: Record<string, string>, rows: number): Row => ({
  fields,
  end: { bytes: rows * 10, lines: rows, rows },
});

function runsOf(rows: readonly Row[], group: Mapping['group']): Run[] {
  const grouper = createRowGrouper(group);
  return [...rows.map((row) => grouper.add(row)), grouper.end()].filter((run) => run !== null);
}

describe('batches', () => {
  const mapped = (bytes: number, id = 'a') => ({
    ok: true as const,
    id,
    touchpoint: { x: 'x'.repeat(bytes) },
  });

  test('keep within 500 items and 400 KB, lose nothing and keep the order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3_000 }), { maxLength: 1_200, size: 'max' }), (sizes) => {
        const builder = createBatchBuilder();
        const batches: Batch[] = [];
        for (const [index, size] of sizes.entries()) {
          const row = rowOf({}, index + 1);
          batches.push(...builder.add([row], mapped(size, String(index)), row.end));
        }
        const rest = builder.end();
        if (rest !== null) batches.push(rest);
        const ids = batches.flatMap(({ items }) => items.map(({ id }) => id));
        expect(ids).toEqual(sizes.map((_size, index) => String(index)));
        for (const batch of batches) {
          expect(batch.items.length).toBeLessThanOrEqual(batchLimits.maxItems);
          expect(Buffer.byteLength(bodyOf(batch))).toBeLessThanOrEqual(batchLimits.maxBytes);
          // Everything up to its end is in it or before it.
          expect(batch.end?.rows).toBe(batch.items.at(-1)?.row);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('keep what cannot be sent apart, and a touchpoint over the limit with it', () => {
    const builder = createBatchBuilder({ maxItems: 10, maxBytes: 1_000 });
    builder.add([rowOf({}, 1)], mapped(2_000), rowOf({}, 1).end);
    builder.add([rowOf({}, 2)], { ok: false, code: 'column_empty', field: 'id', message: 'm' }, null);
    const batch = builder.end();
    expect(batch?.items).toEqual([]);
    expect(batch?.failures.map(({ row, code }) => [row, code])).toEqual([
      [1, 'item_too_large'],
      [2, 'column_empty'],
    ]);
    // It ends within a run, where reading cannot resume.
    expect(batch?.end).toBeNull();
  });
});

describe('groups of rows', () => {
  const group = { by: ['basket'], within: ['time'] };
  const rowsArbitrary = fc
    .array(fc.record({ time: fc.constantFrom('1', '2', '3'), basket: fc.constantFrom('a', 'b', 'c', '') }), {
      maxLength: 30,
    })
    .map((fields) => fields.map((one, index) => rowOf(one, index + 1)));
  const keyOf = ({ fields }: Row): string => `${String(fields['time'])} ${String(fields['basket'])}`;

  test('hold every row once, agree in their columns, and lie within one run', () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const groups = runsOf(rows, group).flatMap((run) => run.groups);
        const held = groups.flat().map(({ end }) => end.rows);
        expect(held.sort((one, other) => one - other)).toEqual(rows.map(({ end }) => end.rows));
        for (const members of groups) {
          expect(new Set(members.map(keyOf)).size).toBe(1);
          if (members[0]?.fields['basket'] === '') expect(members).toHaveLength(1);
        }
      }),
    );
  });

  test('are cut the same when reading resumes at the end of any run', () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.nat(), (rows, pick) => {
        const runs = runsOf(rows, group);
        const index = pick % Math.max(1, runs.length);
        const from = runs[index]?.end ?? fileStart;
        expect(runsOf(rows.slice(from.rows), group)).toEqual(runs.slice(index + 1));
      }),
    );
  });

  test('are not parted by a row that cannot be read or names no group, whose place is in their run', () => {
    const rows = [{ time: '1', basket: 'a' }, {}, { time: '', basket: 'a' }, { time: '1', basket: 'a' }].map(
      (fields, index) => rowOf(fields, index + 1),
    );
    const broken: Row = {
      ...(rows[1] as Row),
      fields: { time: '1', basket: 'a' },
      fault: { code: 'malformed_row', message: 'm' },
    };
    const [run, ...more] = runsOf(rows.with(1, broken), group);
    expect(more).toEqual([]);
    expect(run?.groups.map((members) => members.map(({ end }) => end.rows))).toEqual([[1, 4], [2], [3]]);
    expect(run?.end.rows).toBe(4);
    // Without a group to be in, however many there are, they are not held.
    expect(runsOf([broken, broken, broken], group)).toHaveLength(3);
  });

  test('too large to be held say so', () => {
    const rows = Array.from({ length: runMaxRows + 1 }, (_value, index) =>
      rowOf({ time: '1', basket: 'a' }, index + 1),
    );
    expect(runsOf(rows, group)[0]?.isTooLarge).toBe(true);
    expect(runsOf(rows.slice(1), group)[0]?.isTooLarge).toBe(false);
  });
});

describe('what is acknowledged', () => {
  test('comes out in order and at once, in whatever order the answers come', () => {
    const shuffled = fc.nat({ max: 20 }).chain((count) => {
      const numbers = Array.from({ length: count }, (_value, index) => index);
      return fc.shuffledSubarray(numbers, { minLength: count, maxLength: count });
    });
    fc.assert(
      fc.property(shuffled, (sequence) => {
        const order = createAcknowledgedOrder<number>();
        const seen: number[] = [];
        const done = new Set<number>();
        for (const number of sequence) {
          done.add(number);
          seen.push(...order.complete(number, number));
          let gap = 0;
          while (done.has(gap)) gap += 1;
          expect(seen).toEqual(Array.from({ length: gap }, (_value, index) => index));
        }
        expect(order.waiting()).toBe(0);
      }),
    );
  });
});
