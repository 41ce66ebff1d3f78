import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findEncoding } from '../../src/core/text-encoding.ts';
import { openText } from '../../src/replay/open-text.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'throughline-text-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = `id;name\r\n${Array.from({ length: 20_000 }, (_value, index) => `${index};Zoë 🙂 €`).join('\r\n')}`;
const inUtf8 = Buffer.from(text);
const littleEndian = Buffer.from(`\ufeff${text}`, 'utf16le');
const bigEndian = Buffer.from(littleEndian).swap16();

function fileOf(name: string, bytes: Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

async function readFrom(file: string, fromBytes: number): Promise<Buffer> {
  const opened = await openText(file, fromBytes);
  const chunks: Buffer[] = [];
  for await (const chunk of opened.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('the text of a file', () => {
  test.each([
    ['utf-8', inUtf8],
    ['utf-8.gz', gzipSync(inUtf8)],
    ['utf-16le', littleEndian],
    ['utf-16be', bigEndian],
    ['utf-16le.gz', gzipSync(littleEndian)],
  ])('is the same in %s, from any place on', async (name, bytes) => {
    const file = fileOf(name, bytes);
    for (const from of [0, 1, 70_001, inUtf8.length]) {
      expect((await readFrom(file, from)).equals(inUtf8.subarray(from)), `from ${from}`).toBe(true);
    }
  });

  test('is passed as far as the file is read, whatever its encoding', async () => {
    const opened = await openText(fileOf('share', littleEndian), 0);
    for await (const chunk of opened.chunks) expect(chunk.length).toBeGreaterThan(0);
    expect(opened.fileBytesAt(0)).toBeGreaterThan(0);
    expect(opened.fileBytesAt(inUtf8.length)).toBe(littleEndian.length);
  });

  test('is refused before the first row where it is UTF-16 without its mark, UTF-32 or no text', async () => {
    for (const bytes of [
      littleEndian.subarray(2),
      bigEndian.subarray(2),
      Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]),
      Buffer.from('PK\u0003\u0004\u0014\u0000'),
    ]) {
      await expect(readFrom(fileOf('none', bytes), 0)).rejects.toThrow('not a text in UTF-8');
      await expect(readFrom(fileOf('none.gz', gzipSync(bytes)), 0)).rejects.toThrow('not a text in UTF-8');
    }
  });

  test('has an encoding also where it is shorter than what is looked at', async () => {
    expect(findEncoding(Buffer.alloc(0))).toBe('utf-8');
    expect((await readFrom(fileOf('short', Buffer.from('\ufeffé', 'utf16le')), 0)).toString()).toBe('é');
    expect((await readFrom(fileOf('short.gz', gzipSync(Buffer.from('é'))), 0)).toString()).toBe('é');
  });
});
