import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileMapping } from '../../src/core/compile-mapping.ts';
import { parseMapping } from '../../src/core/mapping-schema.ts';
import { fileStart, type Position } from '../../src/core/position.ts';
import { openBatches } from '../../src/replay/open-batches.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'throughline-files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  items: Record<string, unknown>[];
  failures: string[];
  skipped: number;
  ends: (Position | null)[];
}

async function mapFile(bytes: Buffer | string, mapping: object, from = fileStart): Promise<Outcome> {
  const file = path.join(folder, 'file');
  writeFileSync(file, bytes);
  const parsed = parseMapping(mapping);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  const { batches } = await openBatches(file, parsed.mapping, compileMapping(parsed.mapping), from);
  const outcome: Outcome = { items: [], failures: [], skipped: 0, ends: [] };
  for await (const batch of batches) {
    outcome.items.push(...batch.items.map(({ json }) => JSON.parse(json) as Record<string, unknown>));
    outcome.failures.push(...batch.failures.map(({ code, field }) => `${code} ${field}`));
    outcome.skipped += batch.skipped;
    outcome.ends.push(batch.end);
  }
  return outcome;
}

const touchpoint = { type: 'track', id: 'r{@row}' };

test('an amount is the exact product of columns, rounded as a whole', async () => {
  const { items, failures } = await mapFile('qty,price\n3,0.1\n0.333,2.99\n2,x\n', {
    format: { type: 'csv' },
    touchpoint: { ...touchpoint, amount: { $product: ['qty', 'price'], as: 'number', round: 2 } },
  });
  expect(items.map(({ amount }) => amount)).toEqual([0.3, 1]);
  expect(failures).toEqual(['not_a_number amount']);
});

test('the sum over a group may be of products, and each is rounded as its line is', async () => {
  const { items } = await mapFile('order,qty,price\na,3,0.335\na,3,0.335\nb,1,5\n', {
    format: { type: 'csv' },
    group: { by: ['order'] },
    touchpoint: {
      type: 'track',
      id: '{order}',
      cents: { $sum: ['qty', 'price'], as: 'minorUnits', round: 2 },
    },
  });
  expect(items.map(({ cents }) => cents)).toEqual([202, 500]);
});

test('a product that lacks a factor is left out where it is optional', async () => {
  const { items } = await mapFile('qty,price\n,2\n', {
    format: { type: 'csv' },
    touchpoint: { ...touchpoint, amount: { $product: ['qty', 'price'], optional: true } },
  });
  expect(items).toEqual([{ type: 'track', id: 'r1' }]);
});

test('rows are chosen by text, emptiness and number; those left out are counted, broken ones are refused', async () => {
  const rows = ['paid,7', 'cancelled,8', 'paid,"1,5"', 'paid,0', ',9', 'paid', 'paid,5'];
  const { items, failures, skipped } = await mapFile(`state,amount\n${rows.join('\n')}\n`, {
    format: { type: 'csv' },
    where: [
      { column: 'state', empty: false },
      { column: 'state', notIn: ['cancelled', 'void'] },
      { column: 'amount', atLeast: 1, decimalMark: ',' },
    ],
    touchpoint: { ...touchpoint, amount: { $column: 'amount', as: 'number', decimalMark: ',' } },
  });
  expect(items).toMatchObject([
    { id: 'r1', amount: 7 },
    { id: 'r3', amount: 1.5 },
    { id: 'r7', amount: 5 },
  ]);
  expect(failures).toEqual(['malformed_row ']);
  expect(skipped).toBe(3);
});

test('a file of which every row is left out is done, with their number', async () => {
  const outcome = await mapFile('state\nx\ny\n', {
    format: { type: 'csv' },
    where: [{ column: 'state', in: ['z'] }],
    touchpoint,
  });
  expect(outcome).toMatchObject({ items: [], failures: [], skipped: 2 });
});

test('a condition on a column that the file lacks is refused before anything is sent', async () => {
  const mapping = { format: { type: 'csv' }, where: [{ column: 'stat', in: ['x'] }], touchpoint };
  await expect(mapFile('state\nx\n', mapping)).rejects.toThrow('where: there is no column "stat"');
});

test('texts that stand for nothing are nothing, as keys of groups too', async () => {
  const { items } = await mapFile('card,mail\n7,NULL\n\\N,a@b.example\n\\N,-\n', {
    format: { type: 'csv' },
    nullTexts: ['NULL', '\\N', '-'],
    group: { by: ['card'] },
    touchpoint: { ...touchpoint, userId: { $column: 'mail', optional: true } },
  });
  expect(items).toEqual([
    { type: 'track', id: 'r1' },
    { type: 'track', id: 'r2', userId: 'a@b.example' },
    { type: 'track', id: 'r3' },
  ]);
});

test('a file in another encoding is read as its text, from any place on', async () => {
  const bytes = Buffer.from([...Buffer.from('name\n'), 0x5a, 0x6f, 0xeb, 0x0a, 0x80, 0x0a]);
  const mapping = {
    format: { type: 'csv', encoding: 'windows-1252' },
    touchpoint: { ...touchpoint, userId: '{name}' },
  };
  const { items } = await mapFile(bytes, mapping);
  expect(items.map(({ userId }) => userId)).toEqual(['Zoë', '€']);
  // After the header and "Zoë\n", counted in the UTF-8 that comes out.
  const rest = await mapFile(bytes, mapping, { bytes: 10, lines: 2, rows: 1 });
  expect(rest.items).toMatchObject([{ id: 'r2', userId: '€' }]);
});

test('lines above the header are left out, and a replay resumes behind them', async () => {
  const file = '\ufeffSales, of 2026\n\n"a title"\nid,amount\n1,2\n3,4\n';
  const mapping = {
    format: { type: 'csv', skipLines: 3 },
    touchpoint: { ...touchpoint, userId: '{id}' },
  };
  const { items, ends } = await mapFile(file, mapping);
  expect(items.map(({ userId }) => userId)).toEqual(['1', '3']);
  const end = ends.at(-1);
  expect(end).toEqual({ bytes: Buffer.byteLength(file), lines: 6, rows: 2 });
  const firstRow = { bytes: Buffer.byteLength(file) - 4, lines: 5, rows: 1 };
  expect((await mapFile(file, mapping, firstRow)).items).toMatchObject([{ id: 'r2', userId: '3' }]);
  await expect(mapFile('a\n', mapping)).rejects.toThrow('fewer than the 3 lines');
});

test('truth is read in the letters that databases write, and in words of the mapping', async () => {
  const { items, failures } = await mapFile('a,b\nt,Ja\nF,nein\nY,JA\nn,yes\n', {
    format: { type: 'csv' },
    touchpoint: {
      ...touchpoint,
      a: { $column: 'a', as: 'boolean' },
      b: { $column: 'b', as: 'boolean', trueTexts: ['ja'], falseTexts: ['nein'] },
    },
  });
  expect(items.map(({ a, b }) => [a, b])).toEqual([
    [true, true],
    [false, false],
    [true, true],
  ]);
  expect(failures).toEqual(['not_a_boolean b']);
});
