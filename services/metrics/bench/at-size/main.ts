/**
 * What the figures cost by how much there is: a touchpoint from the first to the last, in tenths; one of a profile with a visit on each
 * day of ten years; a year of daily churn, beside the same of a hundredth; all figures beside the first ones, and groups beside none.
 *
 *   node services/metrics/bench/at-size/main.ts postgres://user@host/database [touchpoints]
 *
 * A tenth as many profiles as touchpoints (1,000,000). Makes databases of its own on the server, with names that begin with
 * `metrics_at_size`, and keeps them: a run that was ended continues where it was, another one with more touchpoints begins a new one.
 */
import { createSeriesValue, growthOn, type GrowthDay } from '../../src/core/growth.ts';
import { readSeries } from '../../src/db/read-series.ts';
import { defaultSettings, FilledFigures, type Cost } from './filled-figures.ts';
import { dailyVisitor, lastDay, personOf, visitOf, yearDays } from './yearly-records.ts';

const [server, given = '1000000'] = process.argv.slice(2);
const touchpoints = Number(given);
if (server === undefined || !Number.isSafeInteger(touchpoints) || touchpoints < 20_000)
  throw new Error('usage: node bench/at-size/main.ts postgres://… [touchpoints, at least 20000]');
const sliceSize = 10_000;
const samples = 200;
const queries = 100;
const settings = defaultSettings(server);

const microsOf = ({ touchpoints: count, nodeMicros, serverMicros }: Cost): number =>
  (nodeMicros + serverMicros) / count;

function print(name: string, cost: Cost, beside?: Cost): void {
  const [node, database] = [cost.nodeMicros / cost.touchpoints, cost.serverMicros / cost.touchpoints];
  const ratio = beside === undefined ? '' : `, ${(microsOf(cost) / microsOf(beside)).toFixed(2)} times`;
  console.log(`${name}: node ${node.toFixed(0)} + Postgres ${database.toFixed(0)} µs a touchpoint${ratio}`);
}

async function fillTenths(filled: FilledFigures): Promise<void> {
  const { size } = filled;
  const tenth = Math.ceil(size.touchpoints / 10 / sliceSize) * sliceSize;
  let first: Cost | undefined;
  for (let from = 0; from < size.touchpoints; from += tenth) {
    const to = Math.min(from + tenth, size.touchpoints);
    while ((await filled.filled()) < to) await filled.fill(sliceSize);
    const cost = await filled.costs(from, to);
    print(`touchpoints ${from + 1} to ${to}`, cost, first);
    first ??= cost;
  }
}

/** One touchpoint a transaction, on days after the year. */
async function compareHistories(filled: FilledFigures): Promise<void> {
  const run = String(Date.now());
  const visits = (person: (index: number) => string, name: string) =>
    Array.from({ length: samples }, (_value, index) =>
      visitOf(person(index), lastDay + 1 + index, `${name} ${run} ${index}`),
    );
  await filled.measure(visits(() => personOf(1), 'first').slice(0, 50));
  const usual = await filled.measure(
    visits((index) => personOf((index * 7_919) % filled.size.profiles), 'usual'),
  );
  print('a visit of a profile like others, alone in its batch', usual);
  print(
    'a visit of one with a visit on each day of ten years',
    await filled.measure(visits(() => dailyVisitor, 'daily')),
    usual,
  );
}

async function readYear({ pool, figures }: FilledFigures, window: number): Promise<GrowthDay[]> {
  const { catalog, generation } = figures;
  const [purchase] = catalog.activities;
  const windowed = purchase?.windows.find((one) => one.window === window);
  const ids = [purchase?.first, windowed?.active, windowed?.retained].map(
    (number) => generation.seriesIds[number ?? -1] ?? -1,
  );
  const from = lastDay - yearDays + 1;
  const changes = await readSeries(pool, ids, { from: from - window, to: lastDay });
  const valueOf = (place: number) => createSeriesValue(changes.filter(({ series }) => series === ids[place]));
  const [first, active, retained] = [valueOf(0), valueOf(1), valueOf(2)];
  return Array.from({ length: yearDays }, (_value, index) =>
    growthOn(from + index, window, { first, active, retained }),
  );
}

/** In turns, so that what else the machine does is shared alike. */
async function compareQueries(large: FilledFigures, small: FilledFigures): Promise<void> {
  for (const window of settings.windows) {
    const took: [number[], number[]] = [[], []];
    for (let query = 0; query < queries; query += 1) {
      for (const [place, filled] of [large, small].entries()) {
        const startedAt = performance.now();
        await readYear(filled, window);
        took[place === 0 ? 0 : 1].push(performance.now() - startedAt);
      }
    }
    const [many = 0, few = 0] = took.map((times) => times.toSorted((a, b) => a - b)[queries / 2] ?? 0);
    const customers = (await readYear(large, window)).at(-1)?.active ?? 0;
    console.log(
      `a year of daily churn by ${window} days, ${customers} active: ${many.toFixed(2)} ms of ${large.size.profiles} profiles, ` +
        `${few.toFixed(2)} ms of ${small.size.profiles}, ${(many / few).toFixed(2)} times`,
    );
  }
}

/** By settings, slice by slice in turns. */
async function compareSettings(connectionString: string): Promise<void> {
  const size = { touchpoints: Math.min(100_000, touchpoints), profiles: Math.min(10_000, touchpoints / 10) };
  const variants = {
    first: {
      ...settings,
      cohorts: { ...settings.cohorts, pairs: [] },
      activities: settings.activities.slice(0, 2),
    },
    all: settings,
    grouped: { ...settings, groupings: [['acquisitionChannel'], ['homeStore', 'relationship']] },
  };
  const opened = await Promise.all(
    Object.entries(variants).map(async ([name, wanted]) => ({
      name,
      filled: await FilledFigures.open(connectionString, `metrics_at_size_${name}`, size, wanted),
    })),
  );
  for (let end = sliceSize; end <= size.touchpoints; end += sliceSize) {
    for (const { filled } of opened) while ((await filled.filled()) < end) await filled.fill(sliceSize);
  }
  const costs = await Promise.all(opened.map(({ filled }) => filled.costs(0, size.touchpoints)));
  const [first, all, grouped] = costs;
  if (first === undefined || all === undefined || grouped === undefined) throw new Error('no costs');
  print('without cohorts and groups, of two activities', first);
  print('all figures, without groups', all, first);
  print('by acquisition channel, and by home store and relationship, too', grouped, all);
  await Promise.all(opened.map(({ filled }) => filled.close()));
}

const large = await FilledFigures.open(
  server,
  `metrics_at_size_${touchpoints}`,
  { touchpoints, profiles: touchpoints / 10 },
  settings,
);
await fillTenths(large);
await compareHistories(large);
const few = { touchpoints: touchpoints / 100, profiles: touchpoints / 1_000 };
const small = await FilledFigures.open(server, `metrics_at_size_${few.touchpoints}`, few, settings);
while ((await small.filled()) < few.touchpoints) await small.fill(sliceSize);
await compareQueries(large, small);
await compareSettings(server);
await Promise.all([large.close(), small.close()]);
