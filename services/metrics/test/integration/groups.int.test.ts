import { inTransaction } from '@throughline/postgres';
import { dateOf, referenceGroupedGrowth } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyRecords } from '../../src/consume/apply-records.ts';
import { readGroupBy, readGroups } from '../../src/http/growth-groups.ts';
import { comparedDays, expectedFigures, settings, toDelivered } from '../expected-figures.ts';
import { deliveries } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

test.each(['homeStore', 'relationship,homeStore', 'consent:ads', 'acquisitionChannel'])(
  'growth by %s is that of the reference model, also as a sum of a pair that is kept',
  async (groupBy) => {
    const { pool } = database;
    const [delivery] = fc.sample(
      deliveries.filter(
        ({ delivered }) =>
          new Set(expectedFigures(delivered).filter((line) => line.startsWith('group'))).size > 400,
      ),
      { numRuns: 1, seed: 7 },
    );
    if (delivery === undefined) throw new Error('no history');
    const figures = await createFigures(pool);
    for (const [partition, batches] of delivery.partitions.entries()) {
      for (const records of batches)
        await inTransaction(database.consumerPool, (client) =>
          applyRecords(client, figures, { partition, records }, new Set()),
        );
    }
    const asked = readGroupBy({ groupBy }, figures.catalog.groupings);
    if (asked === null) throw new Error('no groups');
    const reader = { pool, generation: figures.generation.id } as Parameters<typeof readGroups>[0];
    const [window = 0] = settings.windows;
    const groups = await readGroups(reader, asked, { activity: 'engagement', window }, comparedDays, null);
    const lines = groups.flatMap(({ group, days }) =>
      days.flatMap(({ day, customersAtStart, active, retained, new: fresh, churned, reactivated }) => {
        expect(active).toBe(retained + fresh + reactivated);
        expect(customersAtStart).toBe(retained + churned);
        const numbers = [customersAtStart, active, retained, fresh];
        return numbers.every((one) => one === 0)
          ? []
          : [JSON.stringify([dateOf(day), Object.values(group), numbers])];
      }),
    );
    const { world, resolved } = toDelivered(delivery.delivered);
    const expected = referenceGroupedGrowth(world, resolved, {
      activity: settings.activities.find(({ name }) => name === 'engagement') ?? settings.activities[0]!,
      windows: [window],
      journeyMap: settings.journeyMap,
      groupBy: groupBy.split(','),
      from: dateOf(comparedDays.from),
      to: dateOf(comparedDays.to),
    }).map(({ day, group, customersAtStart, active, retained, new: fresh }) =>
      JSON.stringify([day, group, [customersAtStart, active, retained, fresh]]),
    );
    expect(expected.length).toBeGreaterThan(5);
    expect(lines.toSorted()).toEqual(expected.toSorted());
  },
);
