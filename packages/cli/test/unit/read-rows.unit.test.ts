import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileFormat } from '../../src/core/mapping-schema.ts';
import { fileStart, type Position, type Row } from '../../src/core/position.ts';
import { openRows } from '../../src/replay/read-rows.ts';

/** The bytes in chunks of the given sizes, over and over. */
async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function readAll(
  text: string,
  format: FileFormat,
  from: Position,
  sizes: readonly number[],
): Promise<Row[]> {
  return await readBytes(Buffer.from(text), format, from, sizes);
}

async function readBytes(
  bytes: Buffer,
  format: FileFormat,
  from: Position = fileStart,
  sizes: readonly number[] = [5],
): Promise<Row[]> {
  const source = await openRows(async (at) => chunksOf(bytes.subarray(at), sizes), format, from);
  const rows: Row[] = [];
  for await (const row of source.rows) rows.push(row);
  return rows;
}

interface SampleFile {
  text: string;
  expected: Record<string, unknown>[];
  format: FileFormat;
}

const csv: FileFormat = { type: 'csv', delimiter: ',', quote: '"' };
const layout = {
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  mark: fc.constantFrom('', '\ufeff'),
  ending: fc.constantFrom('', '\n', '\r\n', '\r', '\n\n', '\r\r'),
};
const sizesArbitrary = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
const cell = fc.stringMatching(/^[a-z0-9é€,"\n\r ]{0,6}$/);
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
/** Blanks around a quoted field are nothing. */
const padded = fc.constantFrom('', ' ', '  ');
const cellsArbitrary = fc.array(fc.tuple(cell, cell), { maxLength: 12 });

const csvFile: fc.Arbitrary<SampleFile> = fc
  .record({ cells: cellsArbitrary, before: padded, after: padded, ...layout })
  .map(({ cells, before, after, newline, mark, ending }) => ({
    text:
      mark +
      ['a,b', ...cells.map((row) => row.map((value) => `${before}${quoted(value)}${after}`).join(','))].join(
        newline,
      ) +
      ending,
    expected: cells.map(([a, b]) => ({ a, b })),
    format: csv,
  }));

const word = fc.stringMatching(/^[a-z0-9é€]{1,6}$/);
const whitespaceFile: fc.Arbitrary<SampleFile> = fc
  .record({ cells: fc.array(fc.tuple(word, word), { maxLength: 12 }), ...layout })
  .map(({ cells, newline, mark, ending }) => ({
    text: mark + [' a  b ', ...cells.map(([a, b]) => `  ${a} \t${b} `)].join(newline) + ending,
    expected: cells.map(([a, b]) => ({ a, b })),
    format: { type: 'whitespace' },
  }));

const jsonFile: fc.Arbitrary<SampleFile> = fc
  .record({ objects: fc.array(fc.record({ a: fc.string(), n: fc.integer() }), { maxLength: 12 }), ...layout })
  .map(({ objects, newline, mark, ending }) => ({
    text: mark + objects.map((object) => JSON.stringify(object)).join(newline) + ending,
    expected: objects.map((object) => ({ ...object })),
    format: { type: 'jsonl' },
  }));

const anyFile = fc.oneof(csvFile, whitespaceFile, jsonFile);

describe('the rows of a file', () => {
  test('are the same whatever the chunks they come in', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, sizesArbitrary, async ({ text, expected, format }, sizes) => {
        const rows = await readAll(text, format, fileStart, sizes);
        expect(rows.map(({ fields }) => ({ ...fields }))).toEqual(expected);
        expect(rows).toEqual(await readAll(text, format, fileStart, [text.length * 4 + 1]));
      }),
      { numRuns: 300 },
    );
  });

  test('are the same behind any row as if they had been read from the beginning', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, sizesArbitrary, fc.nat(), async ({ text, format }, sizes, pick) => {
        const rows = await readAll(text, format, fileStart, sizes);
        const at = rows[pick % Math.max(1, rows.length)];
        if (at === undefined) return;
        expect(await readAll(text, format, at.end, sizes)).toEqual(rows.slice(at.end.rows));
      }),
      { numRuns: 300 },
    );
  });

  test('have their line, and the fault of a row that cannot be read', async () => {
    const rows = await readAll('a,b\n1,"x\ny"\n\n2\n3,4', csv, fileStart, [3]);
    expect(rows.map(({ fields, end, fault }) => [fields['a'], end.lines, fault === undefined])).toEqual([
      ['1', 3, true],
      ['2', 5, false],
      ['3', 6, true],
    ]);
    const lines = await readAll('{"a":1}\n[1]\nno', { type: 'jsonl' }, fileStart, [3]);
    const fault = { code: 'malformed_row', message: 'the line is not a JSON object' };
    expect(lines.map((line) => line.fault)).toEqual([undefined, fault, fault]);
  });

  test('need a header, unless the mapping names the columns', async () => {
    await expect(readAll('', csv, fileStart, [3])).rejects.toThrow('empty');
    const format: FileFormat = { type: 'csv', delimiter: ';', quote: '"', columns: ['x', 'y'] };
    expect(await readAll('1;2\n', format, fileStart, [2])).toMatchObject([
      { fields: { x: '1', y: '2' }, end: { rows: 1 } },
    ]);
  });

  test('have every field of a column that is named twice or not at all, each under a name of its own', async () => {
    const bytes = Buffer.from('a,,a,\n1,2,3,4\n1,2,3,4,5\n');
    const source = await openRows(async () => chunksOf(bytes, [3]), csv, fileStart);
    expect(source).toMatchObject({ columns: ['a', '', 'a', ''], repeatedColumns: ['a', ''] });
    const rows = await readBytes(bytes, csv);
    expect(rows[0]?.fields).toEqual({ a: '1', '': '2', 'a (2)': '3', ' (2)': '4' });
    expect(rows[1]).toMatchObject({ fault: { code: 'malformed_row' }, fields: { '(column 5)': '5' } });
  });

  test('have the line ends of their own fields, and no other, whatever mark ends the rows', async () => {
    const rows = await readAll('a,b\r1,"x\ry"\r\r2,"x\r\ny"\r3,z', csv, fileStart, [1]);
    expect(rows.map(({ fields, end }) => [fields['b'], end.lines])).toEqual([
      ['x\ry', 3],
      ['x\r\ny', 6],
      ['z', 7],
    ]);
    const lines = await readAll('{"a":1}\r{"a":2}\r\n{"a":3}', { type: 'jsonl' }, fileStart, [1]);
    expect(lines.map(({ fields, end }) => [fields['a'], end.lines, end.bytes])).toEqual([
      [1, 1, 8],
      [2, 2, 17],
      [3, 3, 24],
    ]);
  });

  test('are refused alone where a quote stands within a field that is not quoted', async () => {
    const rows = await readAll('a,b\n1,x\n2,7" single\n3,"y ""z"""\n', csv, fileStart, [4]);
    expect(rows).toMatchObject([
      { fields: { a: '1', b: 'x' } },
      { fields: { a: '2', b: '7" single' }, fault: { code: 'malformed_row' }, end: { lines: 3 } },
      { fields: { a: '3', b: 'y "z"' } },
    ]);
    expect(rows.map(({ fault }) => fault === undefined)).toEqual([true, false, true]);
  });

  test('come before the place where a quote leaves open where a row ends, and its line is named', async () => {
    const stops = [
      ['a,b\n1,2\n3,"x"y\n4,5\n', 'closes a field in line 3'],
      ['a,b\n1,2\n3,"x\nx"y\n4,5\n', 'closes a field in line 4'],
      ['a,b\n1,2\n3,"x\n4,5\n', 'never closed, in line 3'],
      [`a,b\n1,2\n3,"x\n${'4,5\n'.repeat(300_000)}`, 'not closed for 1048576 bytes, in line 3'],
      [`a,b\n1,2\n3,${'x'.repeat(1_100_000)}\n4,5\n`, 'longer than 1048576 bytes, in line 3'],
    ] as const;
    for (const [text, message] of stops) {
      for (const from of [fileStart, { bytes: 4, lines: 1, rows: 0 }]) {
        const sizes = [text.length > 1_000 ? 65_536 : 5];
        const bytes = Buffer.from(text);
        const source = await openRows(async (at) => chunksOf(bytes.subarray(at), sizes), csv, from);
        const rows: Row[] = [];
        const read = async (): Promise<void> => {
          for await (const row of source.rows) rows.push(row);
        };
        await expect(read()).rejects.toThrow(message);
        expect(rows).toMatchObject([{ fields: { a: '1', b: '2' }, end: { bytes: 8, lines: 2, rows: 1 } }]);
      }
    }
  });

  test('may be parted by marks that are no single byte', async () => {
    const format: FileFormat = { type: 'csv', delimiter: '¦', quote: '»' };
    const rows = await readAll('a¦b\n»x¦»»y»¦é\n', format, fileStart, [1]);
    expect(rows).toMatchObject([{ fields: { a: 'x¦»y', b: 'é' } }]);
    expect(rows[0]?.fault).toBeUndefined();
  });

  test('are not stopped by a line that is too long to be held', async () => {
    const endless = 'x'.repeat(1_200_000);
    const rows = await readAll(`{"a":1}\n${endless}\r\n{"a":2}\n`, { type: 'jsonl' }, fileStart, [65_536]);
    expect(rows.map(({ fault, end }) => [fault?.message, end.lines])).toEqual([
      [undefined, 1],
      ['the line is longer than 1048576 bytes', 2],
      [undefined, 3],
    ]);
    expect(String(rows[1]?.fields['text']).length).toBeLessThan(2_000);
    expect(rows[2]?.end.bytes).toBe(8 + endless.length + 2 + 8);
    await expect(readAll(endless, { type: 'whitespace' }, fileStart, [65_536])).rejects.toThrow('no header');
  });

  test('are refused where their bytes are not UTF-8, which would make one name of two', async () => {
    const latin = (text: string) => Buffer.from(text, 'latin1');
    const fault = { code: 'not_utf8' };
    for (const [bytes, format] of [
      [latin('a,b\nMüller,1\nMoller,2\n'), csv],
      [latin('a b\nMüller 1\nMoller 2\n'), { type: 'whitespace' }],
      [latin('{"a":"Müller"}\n{"a":"Moller"}\n'), { type: 'jsonl' }],
    ] as const) {
      const rows = await readBytes(bytes, format);
      expect(rows).toMatchObject([{ fault }, { fields: { a: 'Moller' } }]);
      expect(rows[1]?.fault).toBeUndefined();
    }
    await expect(readBytes(Buffer.from('a,b\n1,2\n', 'utf16le'), csv)).rejects.toThrow('not a text in UTF-8');
  });
});
