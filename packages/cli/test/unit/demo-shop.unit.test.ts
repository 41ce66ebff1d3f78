import { expect, test } from 'vitest';
import { buildDemoShop, type DemoOptions } from '../../src/core/demo/build-demo-shop.ts';

const options: DemoOptions = {
  seed: 3,
  until: '2026-03-31',
  customers: 60,
  nowMs: Date.parse('2026-04-10T00:00:00Z'),
};
const shop = buildDemoShop(options);
const all = [...shop.items, ...shop.late];

test('the same seed and day give the same shop, another seed another one', () => {
  expect(buildDemoShop(options)).toEqual(shop);
  expect(buildDemoShop({ ...options, seed: 4 }).items).not.toEqual(shop.items);
});

test('every touchpoint lies in the 365 days that end with the last one', () => {
  const days = all.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 10)).toSorted();
  expect([days[0], days.at(-1)]).toEqual(['2025-04-02', '2026-03-31']);
  expect(new Set(days).size).toBeGreaterThan(300);
});

test('nothing lies in the future of the moment at which it is made', () => {
  const nowMs = Date.parse('2026-03-31T11:00:00Z');
  const early = buildDemoShop({ ...options, nowMs });
  expect(Math.max(...early.items.map(({ atMs }) => atMs))).toBeLessThanOrEqual(nowMs);
  const known = new Map(all.map(({ id, item }) => [id, item]));
  const calls = early.items.filter(({ sender }) => sender !== 'till');
  expect(calls.every(({ id, item }) => JSON.stringify(item) === JSON.stringify(known.get(id)))).toBe(true);
});

test('more customers change none of those who are there', () => {
  const larger = new Map(
    buildDemoShop({ ...options, customers: 80 }).items.map(({ id, item }) => [id, item]),
  );
  const calls = shop.items.filter(({ sender }) => sender !== 'till');
  expect(calls.filter(({ id, item }) => JSON.stringify(larger.get(id)) !== JSON.stringify(item))).toEqual([]);
});

test('an id stands for one content, and as many items as it says are sent twice', () => {
  const contents = Map.groupBy(all, ({ id }) => id);
  const different = [...contents.values()].filter(
    (copies) => new Set(copies.map(({ item }) => JSON.stringify(item))).size > 1,
  );
  expect(different).toEqual([]);
  expect(all.length - contents.size).toBe(shop.repeated);
  expect(shop.repeated).toBeGreaterThan(0);
});

test('a register never gives a number twice in a day, and a refund names a receipt that exists', () => {
  const receipts = all.filter(({ sender }) => sender === 'till').map(({ item }) => item);
  const numbers = receipts.map((item) =>
    [item['store'], item['register'], item['businessDay'], item['sequence']].join('/'),
  );
  expect(new Set(numbers).size).toBe(numbers.length);
  const ids = new Set(receipts.map((item) => item['id']));
  const references = receipts.flatMap((item) => item['refundOf'] ?? item['voidOf'] ?? []) as { id: string }[];
  expect(references.length).toBeGreaterThan(0);
  expect(references.every(({ id }) => ids.has(id))).toBe(true);
});

test('only the offline register of the last two weeks is late', () => {
  const places = new Set(shop.late.map(({ item }) => `${String(item['store'])}/${String(item['register'])}`));
  expect([...places]).toEqual(['Hamburg Altona/2']);
  expect(Math.min(...shop.late.map(({ atMs }) => atMs))).toBeGreaterThanOrEqual(
    Date.parse('2026-03-18T00:00:00Z'),
  );
});
