import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCommand } from './service-process.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'throughline-unreadable-'));
  const touchpoint = { type: 'track', id: 'sale-{id}', event: '{name}' };
  writeFileSync(
    path.join(folder, 'mapping.json'),
    JSON.stringify({ format: { type: 'csv', delimiter: ';' }, touchpoint }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function dryRun(bytes: string | Buffer): Promise<{ code: number | null; said: string }> {
  const file = path.join(folder, 'sales.csv');
  writeFileSync(file, bytes);
  const command = startCommand(['replay', file, '--mapping', path.join(folder, 'mapping.json'), '--dry-run']);
  const code = await command.ended;
  expect(command.said()).not.toMatch(/^ {4}at /m);
  return { code, said: command.said() };
}

describe('a dry run', () => {
  test.each([
    ['a file of old Macs', 'id;name\r71;Tea\r', 'sale-71'],
    ['UTF-16', Buffer.from('\ufeffid;name\n72;Tea\n', 'utf16le'), 'sale-72'],
    ['blanks before quotes', '"id"; "name"\n "73"; "Tea" \n', 'sale-73'],
    ['unread columns of one name', 'id;name;;\n74;Tea;;\n', 'sale-74'],
    ['a stray quote in one row', 'id;name\n75;Tea\n76;5" pot\n', 'row 2: malformed_row'],
  ])('reads %s', async (_what, bytes, expected) => {
    const { code, said } = await dryRun(bytes);
    expect(said).toContain(expected);
    expect(code).toBe(0);
  });

  test.each([
    ['a quote that is never closed', 'id;name\n77;Tea\n78;"Pot\n', ['sale-77', 'never closed, in line 3']],
    ['a gzip file that is cut off', gzipSync('id;name\n79;Tea\n').subarray(0, 24), ['cut off']],
    [
      'a column that is read and named twice',
      'id;name;id\n80;Tea;81\n',
      ['the column "id" is there more than once'],
    ],
    ['no text', Buffer.from('id;na\0me\n'), ['not a text in UTF-8']],
    ['an empty file', '', ['the file is empty']],
  ])('names the fault of %s, after the rows before it', async (_what, bytes, expected) => {
    const { code, said } = await dryRun(bytes);
    for (const text of expected) expect(said).toContain(text);
    expect(code).toBe(1);
  });

  test('says that a file has no rows, and not that none were accepted', async () => {
    expect(await dryRun('id;name\n')).toEqual({ code: 0, said: 'the file has no rows.\n' });
  });
});
