/** Purchases out of the files of real data, whose own READMEs say where they are from. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface Purchase {
  customer: string;
  /** `YYYY-MM-DD` */
  day: string;
  /** Minor units. */
  cents: number;
  store: string | null;
}

/** One purchase a row; identical rows each count. */
export function readCdnow(folder: string, file: 'CDNOW_master.txt' | 'CDNOW_sample.txt'): Purchase[] {
  const rows = readFileSync(path.join(folder, 'cdnow', file), 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => /^\d+$/.test(cells[0] ?? ''));
  return rows.map((cells) => {
    // The sample has the customer's number in the master file before its own.
    const [customer = '', date = '', , dollars = ''] = file === 'CDNOW_sample.txt' ? cells.slice(1) : cells;
    const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
    return { customer, day, cents: toCents(dollars), store: null };
  });
}

export function readRfmOrders(folder: string): Purchase[] {
  return csvRows(readFileSync(path.join(folder, 'rfm_orders', 'rfm_data_orders.csv'), 'utf8')).map(
    ([customer = '', day = '', revenue = '']) => ({ customer, day, cents: toCents(revenue), store: null }),
  );
}

/** The lines of a till as one receipt for each basket. */
export function readCompleteJourney(folder: string): Purchase[] {
  const file = path.join(folder, 'complete_journey', 'transactions_sample.csv.gz');
  const baskets = new Map<string, Purchase>();
  for (const cells of csvRows(gunzipSync(readFileSync(file)).toString('utf8'))) {
    const [customer = '', store = '', basket = '', , , value = ''] = cells;
    const day = (cells[10] ?? '').slice(0, 10);
    const name = `${basket} ${day}`;
    const held = baskets.get(name) ?? { customer, day, cents: 0, store };
    baskets.set(name, { ...held, cents: held.cents + toCents(value) });
  }
  return [...baskets.values()];
}

/** What the file says of each store and day, in minor units: line by line. */
export function sumCompleteJourney(folder: string): Map<string, number> {
  const file = path.join(folder, 'complete_journey', 'transactions_sample.csv.gz');
  const sums = new Map<string, number>();
  for (const cells of csvRows(gunzipSync(readFileSync(file)).toString('utf8'))) {
    const place = `${cells[1]} ${(cells[10] ?? '').slice(0, 10)}`;
    sums.set(place, (sums.get(place) ?? 0) + toCents(cells[5] ?? ''));
  }
  return sums;
}

/** Published cumulative repeat transactions by week. */
export function readPublishedWeeks(folder: string): number[] {
  const file = path.join(folder, 'cdnow', 'published_cum_weekly_repeat_transactions_BTYD.csv');
  return csvRows(readFileSync(file, 'utf8')).map((cells) => Number(cells[1]));
}

/** Frequency, recency and T in weeks, to two digits, by customer. */
export function readPublishedSummary(folder: string): Map<string, [number, number, number]> {
  const file = path.join(folder, 'cdnow', 'cdnow_customers_summary.csv');
  return new Map(
    csvRows(readFileSync(file, 'utf8')).map(([id = '', frequency, recency, age]) => [
      id.padStart(4, '0'),
      [Number(frequency), Number(recency), Number(age)],
    ]),
  );
}

/** By segment: customers, orders, revenue in whole units. */
export function readPublishedSegments(folder: string): Record<string, [number, number, number]> {
  const file = path.join(folder, 'rfm_orders', 'published.json');
  const { segment_summary: segments } = JSON.parse(readFileSync(file, 'utf8')) as {
    segment_summary: Record<string, [number, number, number]>;
  };
  return segments;
}

/** Without the head. */
function csvRows(text: string): string[][] {
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) =>
      line
        .trim()
        .split(',')
        .map((cell) => cell.replaceAll('"', '')),
    );
}

function toCents(text: string): number {
  return Math.round(Number(text) * 100);
}
