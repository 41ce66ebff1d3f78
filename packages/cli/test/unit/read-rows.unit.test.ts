import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
  newline: fc.constantFrom('\n', '\r\n'),
  mark: fc.constantFrom('', '\ufeff'),
  ending: fc.constantFrom('', '\n', '\r\n', '\n\n'),
};
const sizesArbitrary = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
const cell = fc.stringMatching(/^[a-z0-9é€,"\n ]{0,6}$/);
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
const cellsArbitrary = fc.array(fc.tuple(cell, cell), { maxLength: 12 });

const csvFile: fc.Arbitrary<SampleFile> = fc
  .record({ cells: cellsArbitrary, ...layout })
  .map(({ cells, newline, mark, ending }) => ({
    text: mark + ['a,b', ...cells.map((row) => row.map(quoted).join(','))].join(newline) + ending,
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
  it('are the same whatever the chunks they come in', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, sizesArbitrary, async ({ text, expected, format }, sizes) => {
        const rows = await readAll(text, format, fileStart, sizes);
        expect(rows.map(({ fields }) => ({ ...fields }))).toEqual(expected);
        expect(rows).toEqual(await readAll(text, format, fileStart, [text.length * 4 + 1]));
      }),
      { numRuns: 300 },
    );
  });

  it('go on behind any row as if they had been read from the beginning', async () => {
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

  it('tell their line and the fault of a row that is none', async () => {
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

  it('need a header that names each column once, unless the mapping names them', async () => {
    await expect(readAll('', csv, fileStart, [3])).rejects.toThrow('empty');
    await expect(readAll('a,a\n1,2', csv, fileStart, [3])).rejects.toThrow('twice');
    const format: FileFormat = { type: 'csv', delimiter: ';', quote: '"', columns: ['x', 'y'] };
    expect(await readAll('1;2\n', format, fileStart, [2])).toMatchObject([
      { fields: { x: '1', y: '2' }, end: { rows: 1 } },
    ]);
  });

  it('stop at a quote that does not fit, naming the line of the file wherever reading began', async () => {
    const text = 'a,b\n1,2\n3,"x"y\n';
    await expect(readAll(text, csv, fileStart, [5])).rejects.toThrow('line 3');
    const from = { bytes: 8, lines: 2, rows: 1 };
    await expect(readAll(text, csv, from, [5])).rejects.toThrow('line 3');
  });

  it('are not stopped by a line that is too long to be held', async () => {
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

  it('are refused where their bytes are not UTF-8, which would make one name of two', async () => {
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
