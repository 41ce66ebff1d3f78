import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCommand } from './service-process.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'throughline-guess-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]): Promise<{ code: number | null; said: string }> {
  const command = startCommand(['replay', ...argv]);
  return { code: await command.ended, said: command.said() };
}

/** Guesses a mapping for the file, and what it makes of the first row. */
async function firstTouchpoint(
  name: string,
  bytes: Buffer | string,
): Promise<{ said: string; item: unknown }> {
  const [file, out] = [path.join(folder, name), path.join(folder, `${name}.json`)];
  writeFileSync(file, bytes);
  const guessed = await run(file, '--guess', '--out', out);
  expect(guessed.code).toBe(0);
  expect(guessed.said).toContain('0 are refused');
  const shown = await run(file, '--mapping', out, '--dry-run', '--rows', '1');
  expect(shown.code).toBe(0);
  return { said: guessed.said, item: JSON.parse(shown.said) };
}

test('lines of orders under a title become one touchpoint an order, with amounts of quantity times price', async () => {
  const lines = [
    'Umsatzbericht Filiale Nord',
    'erstellt;05.01.2026;;;;',
    'Bestellnummer;Kundennummer;Datum;Artikel;Menge;Preis',
    '1001;77;05.01.2026 09:15;Tasse;2;1.004,50',
    '1001;77;05.01.2026 09:15;Kanne;1;0,99',
    '1002;NULL;05.01.2026 10:00;Löffel;3;2,00',
  ];
  const { item, said } = await firstTouchpoint('orders.csv', Buffer.from(lines.join('\r\n'), 'latin1'));
  expect(item).toMatchObject({
    type: 'track',
    event: 'Order Completed',
    id: 'order-1001',
    userId: '77',
    timestamp: '2026-01-05T09:15:00.000Z',
    properties: { order_id: '1001', revenue: 2009.99, products: [{ quantity: 2 }, { price: 0.99 }] },
  });
  expect(said).toContain('windows-1252 is assumed');
  expect(said).toContain('taken for UTC');
});

test('a compressed table of purchases is read, and a date that could be two days is said to be', async () => {
  const csv = 'Email,Order Date,Total,Currency\na@shop.example,3/4/2026 1:05 PM,"1,204.00",USD\n';
  const { item, said } = await firstTouchpoint('table.csv.gz', gzipSync(csv));
  expect(item).toMatchObject({
    timestamp: '2026-03-04T13:05:00.000Z',
    context: { traits: { email: 'a@shop.example' } },
    properties: { revenue: 1204, currency: 'USD' },
  });
  expect(said).toContain('d/M/yyyy h:mm a fits the sample as well');
});

test('a list of customers becomes identify calls, JSON lines are read by their paths', async () => {
  const { item } = await firstTouchpoint(
    'people.jsonl',
    '{"customer":{"id":7},"email":"a@shop.example","plan":"plus"}\n{"customer":{"id":8},"email":"b@shop.example"}\n',
  );
  expect(item).toMatchObject({ type: 'identify', context: { traits: { email: 'a@shop.example' } } });
});

test('the guess, and what a mapping makes of the first rows, are had as JSON', async () => {
  const file = path.join(folder, 'json.csv');
  writeFileSync(file, 'Order,Customer,Date,Total\n1,7,2026-01-05,2.50\n2,8,2026-01-06,much\n');
  const guessed = JSON.parse((await run(file, '--guess', '--json')).said) as Record<string, unknown>;
  expect(guessed).toMatchObject({ mapping: { touchpoint: { userId: expect.anything() } }, out: null });
  expect(guessed['assumptions']).not.toEqual([]);
  const mapping = {
    format: { type: 'csv' },
    touchpoint: {
      type: 'track',
      event: 'x',
      id: '{Order}',
      properties: { n: { $column: 'Total', as: 'number' } },
    },
  };
  writeFileSync(`${file}.json`, JSON.stringify(mapping));
  const shown = await run(file, '--mapping', `${file}.json`, '--dry-run', '--json');
  expect(JSON.parse(shown.said)).toMatchObject([
    { row: 1, touchpoint: { id: '1', properties: { n: 2.5 } } },
    { row: 2, code: 'not_a_number', field: 'properties.n' },
  ]);
});

test('an existing mapping is not overwritten, and what is no table is refused', async () => {
  const [file, out] = [path.join(folder, 'note.txt'), path.join(folder, 'kept.json')];
  writeFileSync(file, '{\n "a": [1,\n 2]\n}\n');
  writeFileSync(out, 'mine');
  expect(await run(file, '--guess')).toMatchObject({
    code: 1,
    said: expect.stringContaining('holds no table'),
  });
  expect(await run(file, '--guess', '--out', out)).toMatchObject({ code: 1 });
  expect(readFileSync(out, 'utf8')).toBe('mine');
});
