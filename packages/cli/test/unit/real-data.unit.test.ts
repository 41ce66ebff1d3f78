import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileMapping } from '../../src/core/compile-mapping.ts';
import { fileStart } from '../../src/core/position.ts';
import { loadMapping } from '../../src/replay/load-mapping.ts';
import { batchesOf } from '../../src/replay/map-rows.ts';
import { openText } from '../../src/replay/open-text.ts';
import { openRows } from '../../src/replay/read-rows.ts';

const dataFolder = process.env['THROUGHLINE_DATA'];

interface Purchase {
  userId: string;
  timestamp: string;
  properties: { revenue: number; quantity: number; lines: unknown[] };
}

async function mapFile(file: string, name: string) {
  const { mapping } = loadMapping(name);
  const openAt = async (bytes: number) => (await openText(path.join(dataFolder ?? '', file), bytes)).chunks;
  const { rows } = await openRows(openAt, mapping.format, fileStart);
  const ids: string[] = [];
  const purchases: Purchase[] = [];
  let failures = 0;
  for await (const batch of batchesOf(rows, mapping, compileMapping(mapping))) {
    failures += batch.failures.length;
    for (const { id, json } of batch.items) {
      ids.push(id);
      purchases.push(JSON.parse(json) as Purchase);
    }
  }
  return { ids, purchases, failures };
}

describe.skipIf(dataFolder === undefined)('the shipped mappings on the real data', () => {
  test('make 69,659 purchases of 23,570 customers of CDNOW, identical rows included', async () => {
    const { ids, purchases, failures } = await mapFile('cdnow/CDNOW_master.txt', 'cdnow');
    expect(failures).toBe(0);
    expect(ids[0]).toBe('cdnow-1');
    expect(new Set(ids).size).toBe(69_659);
    expect(new Set(purchases.map(({ userId }) => userId)).size).toBe(23_570);
    expect(purchases[0]).toMatchObject({
      timestamp: '1997-01-01T12:00:00.000Z',
      properties: { revenue: 11.77 },
    });
    const contents = purchases.map(({ userId, timestamp, properties: { revenue, quantity } }) =>
      [userId, timestamp, revenue, quantity].join(' '),
    );
    expect(new Set(contents).size).toBeLessThan(contents.length);
  });

  test('make one receipt of each of the 47,243 baskets of the Complete Journey, and lose no line', async () => {
    const file = 'complete_journey/transactions_sample.csv.gz';
    const { ids, purchases, failures } = await mapFile(file, 'complete-journey');
    expect(failures).toBe(0);
    expect(ids).toHaveLength(47_243);
    expect(new Set(ids).size).toBe(47_243);
    expect(purchases.reduce((lines, { properties }) => lines + properties.lines.length, 0)).toBe(75_000);
  });
});
