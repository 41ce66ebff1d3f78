/** The profiles behind a figure as it stood, against those that were listed then. */
import type { ProfileErased } from '@throughline/contracts';
import fc from 'fast-check';
import { testRuns } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AsOf } from '../../src/core/as-of.ts';
import { growthFigures } from '../../src/core/explained-figure.ts';
import { readExplainedAsOf } from '../../src/http/explained-as-of.ts';
import {
  readExplainedPage,
  type ExplainedFigure,
  type ExplainedPage,
} from '../../src/http/explained-profiles.ts';
import { readExplainedValue } from '../../src/http/explained-value.ts';
import type { FigureReader } from '../../src/http/figure-reader.ts';
import { settings } from '../expected-figures.ts';
import { purchaseRecord } from '../purchase-record.ts';
import { deliveries, firstDay, historyDays, idOf } from '../resolved-histories.ts';
import { createClosingFigures } from './closing-figures.ts';
import { createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

type World = Awaited<ReturnType<typeof createClosingFigures>>;

function readerOf({ figures: { generation, catalog, calendar } }: World): FigureReader {
  const { weekStart } = settings;
  const { id, seriesIds } = generation;
  return {
    pool: database.pool,
    generation: id,
    seriesIds,
    catalog,
    calendar,
    weekStart,
  } as unknown as FigureReader;
}

/** Of all pages, sorted. */
async function listAll(readPage: (cursor: string | undefined) => Promise<ExplainedPage>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor);
    for (const {
      profile,
      lastActive: _last,
      activeBefore: _before,
      since: _since,
      lastEngaged: _engaged,
      ...sums
    } of page.items)
      found.push(JSON.stringify('transactions' in sums ? [null, sums] : [profile, null]));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found.toSorted();
}

const listNow = (reader: FigureReader, explained: ExplainedFigure, day: number) =>
  listAll((cursor) => readExplainedPage(reader, explained, { day, limit: 100, cursor }));

const listAsOf = (reader: FigureReader, explained: ExplainedFigure, asked: { day: number; asOf: AsOf }) =>
  listAll((cursor) => readExplainedAsOf(reader, explained, { ...asked, limit: 2, cursor }));

/** The activity and the window by the number, so that a few histories ask for all. */
function questionsOf({ figures: { catalog } }: World, number: number): ExplainedFigure[] {
  const activity = catalog.activities[number % catalog.activities.length];
  const window = settings.windows[number % settings.windows.length] ?? 0;
  if (activity === undefined) throw new Error('no such activity');
  const stages = [...catalog.occupancy.keys()];
  return [
    ...growthFigures.map((figure): ExplainedFigure => ({ of: 'growth', figure, window, activity })),
    { of: 'stages', stage: stages[number % stages.length] ?? '', relationship: null },
    { of: 'stages', stage: 'purchase', relationship: 'repeat' },
    { of: 'sales' },
  ];
}

interface Stood {
  asOf: AsOf;
  day: number;
  explained: ExplainedFigure;
  listed: string[];
  value: number;
}

describe('the profiles behind a figure as it stood', () => {
  test('are those that were listed then, whatever came since', async () => {
    const seen = { listed: 0, others: 0 };
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.array(fc.nat({ max: 300 }), { minLength: 5, maxLength: 5 }),
        async ({ partitions }, numbers) => {
          const world = await createClosingFigures(database);
          const reader = readerOf(world);
          const stood: Stood[] = [];
          for (const [index, records] of partitions.flat().entries()) {
            const number = numbers[index % numbers.length] ?? 0;
            if (number % 3 === 0) {
              const asOf = await world.beginEpoch(number % 25);
              const day = asOf.closedThrough - (number % 7);
              for (const explained of questionsOf(world, number)) {
                const listed = await listNow(reader, explained, day);
                const value = await readExplainedValue(reader, explained, { day, asOf });
                if (explained.of !== 'sales') expect(listed).toHaveLength(value);
                stood.push({ asOf, day, explained, listed, value });
              }
            }
            await world.apply(records);
          }
          for (const { asOf, day, explained, listed, value } of stood) {
            expect([explained, await listAsOf(reader, explained, { day, asOf })]).toEqual([
              explained,
              listed,
            ]);
            expect(await readExplainedValue(reader, explained, { day, asOf })).toBe(value);
            seen.listed += listed.length;
            if (String(await listNow(reader, explained, day)) !== String(listed)) seen.others += 1;
          }
        },
      ),
      { numRuns: testRuns(10) },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(3);
  }, 300_000);

  test('are as many after an erasure, and what was erased has no name', async () => {
    const world = await createClosingFigures(database);
    const reader = readerOf(world);
    const [ann, bob] = [idOf('a', 1), idOf('a', 2)];
    const day = firstDay + 1;
    const at = firstDay * 86_400_000;
    const activity = world.figures.catalog.activities[0];
    if (activity === undefined) throw new Error('no activity');
    const active: ExplainedFigure = { of: 'growth', figure: 'active', window: 3, activity };
    await world.apply([ann, bob].map((identifier, number) => purchaseRecord({ number, identifier, at })));
    const asOf = await world.beginEpoch(historyDays);
    expect(await listNow(reader, active, day)).toHaveLength(2);
    // A late one, so that there are changes that name it.
    await world.apply([purchaseRecord({ number: 5, identifier: ann, at: at - 86_400_000 })]);
    await world.apply([erasing([idOf('d', 0), idOf('d', 5)], ann)]);
    expect(await listNow(reader, active, day)).toEqual([JSON.stringify([bob, null])]);
    const named = await listAsOf(reader, active, { day, asOf });
    expect(named).toEqual([JSON.stringify([bob, null]), JSON.stringify([null, null])].toSorted());
    const sales = await listAsOf(reader, { of: 'sales' }, { day: firstDay, asOf });
    expect(sales).toHaveLength(2);
    expect(String(sales)).not.toContain(ann);
    const { rows } = await database.pool.query(
      `select from metrics.share_change where profile = $1 or renamed_to = $1
       union all select from metrics.sales_change where identifier = $1`,
      [ann],
    );
    expect(rows).toEqual([]);
  });
});

function erasing(touchpoints: string[], identifier: string): ProfileErased {
  const erasure = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const at = '2026-03-01T00:00:00.000Z';
  return { kind: 'profile.erased', erasure, at, touchpoints, identifiers: [identifier] };
}
