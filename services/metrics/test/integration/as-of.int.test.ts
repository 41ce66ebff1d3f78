/**
 * Figures as they stood, against a reference that knows nothing of epochs: what the slow way counts from the records that were
 * delivered before a moment. And with several writers, against the answers that were given first.
 */
import type { ResolvedRecord } from '@throughline/contracts';
import fc from 'fast-check';
import { testRuns } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AsOf } from '../../src/core/as-of.ts';
import { findAsOf } from '../../src/db/find-as-of.ts';
import { readRestatements, type RestatementPosition } from '../../src/db/read-restatements.ts';
import { readSales } from '../../src/db/read-sales.ts';
import { readSeries } from '../../src/db/read-series.ts';
import { comparedDays, expectedFigures } from '../expected-figures.ts';
import { purchaseRecord } from '../purchase-record.ts';
import { deliveries, firstDay, historyDays, idOf } from '../resolved-histories.ts';
import { createClosingFigures } from './closing-figures.ts';
import { createMetricsDatabase, readFigures, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

test('the figures as of any moment are those of the records before it, whatever came and was folded since', async () => {
  await fc.assert(
    fc.asyncProperty(
      deliveries,
      fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 12 }),
      async ({ partitions }, steps) => {
        const world = await createClosingFigures(database);
        const delivered: ResolvedRecord[] = [];
        const stood: { asOf: AsOf; expected: string[] }[] = [];
        for (const [index, records] of partitions.flat().entries()) {
          const step = steps[index % steps.length] ?? 0;
          if (step > 4) {
            const asOf = await world.beginEpoch(step > 7 ? step - 7 : 0);
            stood.push({ asOf, expected: delivered.length === 0 ? [] : expectedFigures(delivered) });
          }
          if (step % 3 === 0) await world.fold(step + 1);
          await world.apply(records);
          delivered.push(...records);
        }
        for (const { asOf, expected } of stood) {
          expect(await readFigures(database.pool, world.figures, asOf)).toEqual(expected);
          const found = await findAsOf(database.pool, asOf.generation, asOf.beganAt);
          expect(found).toEqual(asOf);
        }
        while ((await world.fold(1_000)) > 0);
        for (const { asOf, expected } of stood)
          expect(await readFigures(database.pool, world.figures, asOf)).toEqual(expected);
      },
    ),
    { numRuns: testRuns(4) },
  );
}, 600_000);

describe('while eight writers commit out of their order', () => {
  test('a moment is answered the same for ever, and restatements explain the difference of two moments', async () => {
    const world = await createClosingFigures(database);
    const { generation, catalog } = world.figures;
    const series = generation.seriesIds[catalog.activities[0]?.windows[0]?.active ?? -1] ?? -1;
    let writing = true;
    const writers = Array.from({ length: 8 }, async (_value, writer) => {
      for (let batch = 0; batch < 12; batch++)
        await world.apply([purchase(writer, batch), purchase(writer, batch + 100)], writer);
    });
    const done = Promise.all(writers).finally(() => {
      writing = false;
    });
    const answers: { asOf: AsOf; figures: string[]; sales: string[] }[] = [];
    const ask = async (asOf: AsOf) => {
      const question = { ...comparedDays, groupBy: null, limit: 10_000, asOf };
      const sales = await readSales(database.pool, generation.id, question);
      return {
        asOf,
        figures: await readFigures(database.pool, world.figures, asOf),
        sales: sales.map(({ measure, day, amount }) => `${measure} ${day} ${amount}`).sort(),
      };
    };
    const folding = (async () => {
      // oxlint-disable-next-line typescript/no-unnecessary-condition -- set when the writers have ended
      while (writing) await world.fold(5);
    })();
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- set when the writers have ended
    while (writing || answers.length < 3) answers.push(await ask(await world.beginEpoch(4)));
    await Promise.all([done, folding]);
    while ((await world.fold(1_000)) > 0);
    for (const answer of answers) expect(await ask(answer.asOf)).toEqual(answer);
    expect(new Set(answers.map(({ figures }) => figures.length)).size).toBeGreaterThan(1);

    for (const [index, { asOf: later }] of answers.entries()) {
      const earlier = answers[Math.floor(index / 2)]?.asOf ?? later;
      expect(await difference(series, earlier, later)).toEqual(await restated(series, earlier, later));
    }
  });
});

/** By how much each day that was closed at the first moment differs at the second, without zeros. */
async function difference(series: number, earlier: AsOf, later: AsOf): Promise<[number, number][]> {
  const range = { from: comparedDays.from, to: earlier.closedThrough };
  const [before, after] = await Promise.all(
    [earlier, later].map((asOf) => readSeries(database.pool, [series], range, asOf)),
  );
  const days = Array.from({ length: range.to - range.from + 1 }, (_value, index) => range.from + index);
  const valueOn = (changes: typeof before, day: number): number =>
    (changes ?? []).reduce((sum, change) => (change.day <= day ? sum + change.amount : sum), 0);
  return days
    .map((day): [number, number] => [day, valueOn(after, day) - valueOn(before, day)])
    .filter(([, change]) => change !== 0);
}

async function restated(series: number, earlier: AsOf, later: AsOf): Promise<[number, number][]> {
  const byDay = new Map<number, number>();
  let after: RestatementPosition | null = null;
  do {
    const page = await readRestatements(database.pool, {
      series,
      cell: 0,
      from: comparedDays.from,
      to: earlier.closedThrough,
      limit: 7,
      after,
      epochs: { from: earlier.epoch, before: later.epoch },
    });
    for (const { from, to, change } of page.restatements)
      for (let day = from; day <= to; day++) byDay.set(day, (byDay.get(day) ?? 0) + change);
    after = page.next;
  } while (after !== null);
  return [...byDay].filter(([, change]) => change !== 0).toSorted(([left], [right]) => left - right);
}

/** One of ten customers, on one of the days of the history. */
function purchase(writer: number, batch: number): ResolvedRecord {
  const number = writer * 1_000 + batch;
  const at = (firstDay + ((number * 7) % historyDays)) * 86_400_000 + 43_200_000;
  const receivedAt = new Date(at + 90 * 86_400_000).toISOString();
  return purchaseRecord({
    number,
    identifier: idOf('a', number % 10),
    at,
    touchpoint: { source: 'tills', receivedAt, properties: { revenue: 5, currency: 'EUR' } },
  });
}
