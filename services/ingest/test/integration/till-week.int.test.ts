import { moneyOf, topics } from '@throughline/contracts';
import { generateTillWeek, seededRandom, tillZones, type TillWeek } from '@throughline/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- records are looked at from outside, as a consumer does
type LogRecord = any;

/** By register, in minor units: sales that no void takes back, and refunds. Each id once, as identity takes it. */
function totalsOf(records: readonly LogRecord[]): Record<string, number> {
  const byId = new Map(records.map(({ touchpoint }) => [touchpoint.id as string, touchpoint]));
  const voided = new Set(
    [...byId.values()].map((touchpoint) => touchpoint.properties.voidOf as string | undefined),
  );
  const totals: Record<string, number> = {};
  for (const [id, { properties }] of byId) {
    const { kind, store, register } = properties;
    totals[`${store}:${register}`] ??= 0;
    if ((kind !== 'sale' && kind !== 'refund') || voided.has(id)) continue;
    totals[`${store}:${register}`] =
      (totals[`${store}:${register}`] ?? 0) + (moneyOf(properties)?.amount ?? NaN);
  }
  return totals;
}

async function gapsByDay(server: IngestServer, week: TillWeek): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const key of Object.keys(week.lost)) {
    const [store = '', register = '', day = ''] = key.split(':');
    const { json } = await server.get(`/v1/pos/gaps?store=${store}&day=${day}`, testKeys.read);
    const gaps = json.registers.find((one: { register: string }) => one.register === register);
    expect(gaps ?? { repeated: [], rejected: [] }).toMatchObject({ repeated: [], rejected: [] });
    found[key] = (gaps?.missing ?? []).map(({ from, count }: { from: number; count: number }) =>
      count === 1 ? from : -1,
    );
  }
  return found;
}

test.each([1, 2, 3])(
  "a till's week of seed %i reaches the log to the cent, and what is missing is what was lost",
  async (seed) => {
    const server = await startIngestServer({
      environment: {
        THROUGHLINE_SOURCES: JSON.stringify({
          server: { pos: { ...tillZones, numbering: { days: 'daily', first: 1 } } },
        }),
      },
    });
    onTestFinished(() => server.stop());
    const week = generateTillWeek(seededRandom(seed), Date.now());
    let keptApart = 0;
    for (const upload of week.uploads) {
      const { json } = await server.post('/v1/pos/receipts', upload);
      expect(json.rejected).toEqual([]);
      keptApart += json.keptApart;
    }
    expect(keptApart).toBeGreaterThan(0);
    const records = await server.records(topics.touchpoints);
    expect(totalsOf(records)).toEqual(week.totals);
    for (const { touchpoint } of records) {
      const offMs = Date.parse(touchpoint.occurredAt) - Date.parse(week.trueTimes.get(touchpoint.id) ?? '');
      expect(Math.abs(offMs)).toBeLessThan(60_000);
    }
    await until(async () => JSON.stringify(await gapsByDay(server, week)) === JSON.stringify(week.lost));
  },
);
