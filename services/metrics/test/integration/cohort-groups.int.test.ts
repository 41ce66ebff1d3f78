import type { ResolvedRecord } from '@throughline/contracts';
import { inTransaction } from '@throughline/postgres';
import { dateOf, referenceCohorts, referenceGroups } from '@throughline/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import type { CohortMode } from '../../src/core/cohort-definition.ts';
import { bracketsOf, type Bracket, type Cohort, type CohortQuestion } from '../../src/core/cohort-report.ts';
import { periods, type Period } from '../../src/core/period.ts';
import { readCohortGroups } from '../../src/db/read-cohort-groups.ts';
import { readCohortGroupBy, readGroupsOfCohorts } from '../../src/http/cohort-groups.ts';
import { comparedDays, expectedFigures, settings, toDelivered } from '../expected-figures.ts';
import { deliveries } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

const latest = ['trait:plan', 'consent:ads'];

/** Whether customers differ in what they stated latest. */
function isVaried(delivered: readonly ResolvedRecord[]): boolean {
  const { world, resolved } = toDelivered(delivered);
  const groups = referenceGroups(world, resolved, { journeyMap: settings.journeyMap, groupBy: latest });
  const customers = resolved.profiles.filter(({ identified }) => identified);
  return new Set(customers.map(({ id }) => JSON.stringify(groups.get(id)))).size > 2;
}

const histories = fc
  .sample(
    deliveries.filter(
      ({ delivered }) =>
        isVaried(delivered) &&
        expectedFigures(delivered).filter((line) => /^cohort .*: .*[1-9]/.test(line)).length > 4,
    ),
    { numRuns: 3, seed: 11 },
  )
  .map(({ delivered }) => delivered);

async function createFilled(delivered: readonly ResolvedRecord[]): Promise<FigureContext> {
  const figures = await createFigures(database.pool);
  await inTransaction(database.consumerPool, (client) =>
    applyRecords(client, figures, { partition: 0, records: delivered }, new Set()),
  );
  return figures;
}

interface Shape {
  place: number;
  mode: CohortMode;
  period: Period;
  brackets: Bracket[] | null;
  unbounded: boolean;
}

const shapes = settings.cohorts.pairs.flatMap(({ modes }, place) =>
  modes.flatMap((mode) =>
    periods.flatMap((period): Shape[] => {
      const shape = { place, mode, period, brackets: null, unbounded: false };
      const brackets = [{ from: 1, to: settings.cohorts.caps[period] }];
      return [shape, { ...shape, unbounded: true }, { ...shape, brackets }];
    }),
  ),
);

function questionOf({ catalog }: FigureContext, shape: Shape): CohortQuestion {
  const found = catalog.cohorts[shape.place]?.periods.find(({ numbers }) => numbers.period === shape.period);
  if (found === undefined) throw new Error('no such cohorts');
  const { numbers, cap } = found;
  const [first, last] = [numbers.numberOf(comparedDays.from), numbers.numberOf(comparedDays.to)];
  return { ...shape, numbers, cap, first, last, today: comparedDays.to + 1_000 };
}

const activityNamed = (name: string | undefined) => {
  const activity = settings.activities.find((one) => one.name === name);
  if (activity === undefined) throw new Error('no such activity');
  return activity;
};

const toText = (
  group: readonly (string | null)[],
  cohorts: readonly { cohort: string; values: number[] }[],
) => JSON.stringify([group, cohorts]);

/** Of each group that has a customer in one of the cohorts. */
function expectedGroups(
  { world, resolved }: ReturnType<typeof toDelivered>,
  question: CohortQuestion,
  shape: Shape,
  groupBy: readonly string[],
): string[] {
  const pair = settings.cohorts.pairs[shape.place];
  const groups = referenceGroups(world, resolved, { journeyMap: settings.journeyMap, groupBy });
  const end = shape.mode === 'first' ? null : question.cap;
  return [...new Set([...groups.values()].map((group) => JSON.stringify(group)))].flatMap((name) => {
    const options = {
      startActivity: activityNamed(pair?.startActivity),
      activity: activityNamed(pair?.activity),
      journeyMap: settings.journeyMap,
      weekStart: settings.weekStart,
      period: shape.period,
      mode: shape.mode,
      ranges: bracketsOf(question).map(({ from, to }) => ({ from, to: to ?? end })),
      from: dateOf(comparedDays.from),
      to: dateOf(comparedDays.to),
    };
    const cohorts = referenceCohorts(
      world,
      resolved,
      options,
      (profile) => JSON.stringify(groups.get(profile)) === name,
    ).map(({ cohort, size, returned }) => ({ cohort, values: [size, ...returned] }));
    const group = JSON.parse(name) as (string | null)[];
    return cohorts.some(({ values }) => values[0] !== 0) ? [toText(group, cohorts)] : [];
  });
}

const toDates = (cohorts: readonly Cohort[]) =>
  cohorts.map(({ start, values }) => ({ cohort: dateOf(start), values }));

const seriesOf = ({ catalog }: FigureContext, { place }: Shape) => {
  const series = catalog.cohorts[place];
  if (series === undefined) throw new Error('no such pair');
  return series;
};

/** @returns the names of the groups */
async function compareGroups(delivered: readonly ResolvedRecord[], groupBy: string): Promise<Set<string>> {
  const figures = await createFilled(delivered);
  const { catalog, generation } = figures;
  const dimensions = readCohortGroupBy({ groupBy }, { catalog }, { measure: 'customers' }) ?? [];
  const reader = { pool: database.pool, catalog, generation: generation.id };
  const named = new Set<string>();
  for (const shape of shapes) {
    const question = questionOf(figures, shape);
    const asked = { mode: shape.mode, series: seriesOf(figures, shape) };
    const groups = await readGroupsOfCohorts(reader, asked, question, dimensions);
    const found = groups.map(({ group, cohorts }) => toText(Object.values(group), toDates(cohorts)));
    const expected = expectedGroups(toDelivered(delivered), question, shape, dimensions);
    expect([shape, found.toSorted()]).toEqual([shape, expected.toSorted()]);
    for (const { group } of groups) named.add(JSON.stringify(group));
  }
  return named;
}

describe('cohorts by group', () => {
  test.each(['acquisitionChannel', 'homeStore', 'trait:plan,consent:ads'])(
    'by %s are those of the reference model, one group at a time',
    async (groupBy) => {
      const named = new Set<string>();
      for (const delivered of histories) {
        for (const name of await compareGroups(delivered, groupBy)) named.add(name);
      }
      expect(named.size).toBeGreaterThan(1);
    },
  );

  test('past the last that is named are one, and more days than may be read are no answer', async () => {
    const figures = await createFilled(histories[0] ?? []);
    const [shape] = shapes.filter(({ place, period }) => place === 1 && period === 'month');
    if (shape === undefined) throw new Error('no shape');
    const { numbers, cap, first, last } = questionOf(figures, shape);
    const { start, activity } = seriesOf(figures, shape);
    const range = {
      generation: figures.generation.id,
      startActivity: start,
      activity,
      mode: shape.mode,
      starts: Array.from({ length: last - first + cap + 2 }, (_value, index) =>
        numbers.startOf(first + index),
      ),
      cohorts: last - first + 1,
      cap,
      brackets: null,
      dimensions: [{ name: 'acquisitionChannel', place: 0 }],
      maxDays: 1_000,
    };
    const sizesOf = async (maxGroups: number) =>
      (await readCohortGroups(database.pool, { ...range, maxGroups }))?.filter(
        ({ by, key }) => by === 'bucket' && key === 0,
      ) ?? [];
    const all = await sizesOf(50);
    const total = (sums: typeof all) => sums.reduce((sum, { amount }) => sum + amount, 0);
    expect(new Set(all.map(({ rank }) => rank)).size).toBeGreaterThan(1);
    const few = await sizesOf(1);
    expect(total(few)).toBe(total(all));
    expect(new Set(few.map(({ rank, group }) => `${rank} ${group === null}`))).toEqual(
      new Set(['1 false', '2 true']),
    );
    expect(await readCohortGroups(database.pool, { ...range, maxGroups: 50, maxDays: 1 })).toBeNull();
  });

  test.each([
    [{ groupBy: 'relationship' }, 'groupBy'],
    [{ groupBy: 'homeStore,relationship' }, 'groupBy'],
    [{ groupBy: 'acquisitionChannel', asOf: '2026-01-01T00:00:00Z' }, 'asOf'],
    [{ groupBy: 'acquisitionOwner' }, 'groupBy'],
  ])('cannot be asked for with %o', async (query, field) => {
    const { catalog } = await createFigures(database.pool);
    expect(() => readCohortGroupBy(query, { catalog }, { measure: 'customers' })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field }) as unknown }),
    );
  });

  test('are none of revenue', async () => {
    const { catalog } = await createFigures(database.pool);
    const query = { groupBy: 'acquisitionChannel' };
    expect(() => readCohortGroupBy(query, { catalog }, { measure: 'revenue' })).toThrow('customers');
  });
});
