/** The comparisons, each on a service of its own. */
import {
  readCdnow,
  readCompleteJourney,
  readPublishedSegments,
  readPublishedSummary,
  readPublishedWeeks,
  readRfmOrders,
  sumCompleteJourney,
  type Purchase,
} from './purchase-files.ts';
import { disorderedRecords, orderedRecords, profileOf } from './purchase-records.ts';
import { feedMetrics, type FedMetrics } from './run-metrics.ts';
import { dayOf, numberOf, slowGrowth, slowMonthCohorts } from './slow-figures.ts';

export interface Place {
  server: string;
  folder: string;
  seed: number;
}

export interface Compared {
  name: string;
  compared: number;
  different: number;
}

type Pair = readonly [expected: unknown, answered: unknown];

function comparedOf(name: string, pairs: readonly Pair[]): Compared {
  const different = pairs.filter(
    ([expected, answered]) => JSON.stringify(expected) !== JSON.stringify(answered),
  );
  for (const [expected, answered] of different.slice(0, 3))
    console.log(`  ${name}: expected ${JSON.stringify(expected)}, answered ${JSON.stringify(answered)}`);
  return { name, compared: pairs.length, different: different.length };
}

async function feed(
  { server, seed }: Place,
  name: string,
  purchases: readonly Purchase[],
  disordered: boolean,
): Promise<FedMetrics> {
  let state = seed >>> 0;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const records = disordered ? disorderedRecords(purchases, random) : orderedRecords(purchases);
  return await feedMetrics(server, `real_data_${name}`, records);
}

const year = { from: '1997-01-01', to: '1998-12-31' };

export async function compareCdnow(place: Place, disordered: boolean): Promise<Compared[]> {
  const purchases = readCdnow(place.folder, 'CDNOW_master.txt');
  const metrics = await feed(place, 'cdnow', purchases, disordered);
  const found: Compared[] = [];
  for (const window of [7, 30, 90, 365]) {
    const { days } = await metrics.ask<{ days: Record<string, number>[] }>(
      `growth?window=${window}&from=${year.from}&to=${year.to}`,
    );
    const slow = slowGrowth(purchases, window, year);
    const pairs = days.map((row): Pair => {
      const { day, customersAtStart, active, retained, churned, new: fresh, reactivated } = row;
      return [slow.get(String(day)), [customersAtStart, active, retained, churned, fresh, reactivated]];
    });
    found.push(comparedOf(`CDNOW growth by ${window} days`, pairs));
  }
  const slow = slowMonthCohorts(purchases, 17);
  for (const measure of ['customers', 'revenue'] as const) {
    const { cohorts } = await metrics.ask<{ cohorts: { cohort: string; size: number; values: number[] }[] }>(
      `cohorts?period=month&measure=${measure}&from=1997-01-01&to=1997-03-31`,
    );
    const pairs = cohorts.map(({ cohort, size, values }): Pair => {
      const own = slow.get(cohort);
      const expected = measure === 'customers' ? own?.customers : own?.cents;
      return [
        [own?.size, expected],
        [size, values.slice(0, 18)],
      ];
    });
    found.push(comparedOf(`CDNOW month cohorts by ${measure}`, pairs));
  }
  found.push(await compareClasses(metrics, purchases.length));
  await metrics.stop();
  return found;
}

interface Value {
  currencies: Record<
    string,
    {
      orders: number;
      classes: { class: string; customers: number }[];
      pareto: { percent: number; share: number }[];
    }
  >;
}

async function compareClasses(metrics: FedMetrics, orders: number): Promise<Compared> {
  let value: Value['currencies'][string] | undefined;
  await metrics.eventually(async () => {
    value = (await metrics.ask<Value>('value')).currencies['USD'];
    return value?.orders === orders;
  });
  const share = value?.pareto.find(({ percent }) => percent === 20)?.share ?? 0;
  return comparedOf('CDNOW classes A, B, C, and the share of the best fifth', [
    ...Object.entries({ A: 7_695, B: 8_044, C: 7_831 }).map(([name, customers]): Pair => [
      customers,
      value?.classes.find((one) => one.class === name)?.customers,
    ]),
    ['67.777', (share * 100).toFixed(3)],
  ]);
}

export async function compareCdnowSample(place: Place, disordered: boolean): Promise<Compared[]> {
  const purchases = readCdnow(place.folder, 'CDNOW_sample.txt');
  const metrics = await feed(place, 'cdnow_sample', purchases, disordered);
  const { periods } = await metrics.ask<{ periods: { start: string; repeatTransactions: number }[] }>(
    `sales?period=day&from=1997-01-01&to=1998-06-30`,
  );
  const weeks = readPublishedWeeks(place.folder).map((published, index): Pair => {
    const end = dayOf(numberOf('1997-01-01') + 7 * (index + 1) - 1);
    const repeated = periods.filter(({ start }) => start <= end);
    return [published, repeated.reduce((sum, { repeatTransactions }) => sum + repeatTransactions, 0)];
  });
  const summary: Pair[] = [];
  for (const [customer, published] of readPublishedSummary(place.folder)) {
    const journey = await metrics.ask<{ frequency: number; recency: number; T: number }>(
      `profiles/${profileOf(customer)}/journey?day=1997-09-30`,
    );
    const { frequency, recency, T } = journey;
    const inWeeks = (days: number) => Number((days / 7).toFixed(2));
    summary.push([published, [frequency, inWeeks(recency), inWeeks(T)]]);
  }
  await metrics.stop();
  return [
    comparedOf('CDNOW weekly cumulative repeat transactions', weeks),
    comparedOf('CDNOW frequency, recency and T', summary),
  ];
}

export async function compareRfm(place: Place, disordered: boolean): Promise<Compared[]> {
  const purchases = readRfmOrders(place.folder);
  const metrics = await feed(place, 'rfm', purchases, disordered);
  interface Rfm {
    currencies: Record<
      string,
      { segments: { segment: string; customers: number; orders: number; net: number }[] }
    >;
  }
  let segments: Rfm['currencies'][string]['segments'] = [];
  await metrics.eventually(async () => {
    segments = (await metrics.ask<Rfm>('rfm')).currencies['USD']?.segments ?? [];
    return segments.reduce((sum, { orders }) => sum + orders, 0) === purchases.length;
  });
  const pairs = Object.entries(readPublishedSegments(place.folder)).map(([name, published]): Pair => {
    const own = segments.find(({ segment }) => segment === name);
    return [published, [own?.customers, own?.orders, (own?.net ?? 0) / 100]];
  });
  await metrics.stop();
  return [comparedOf('RFM segments', pairs)];
}

export async function compareCompleteJourney(place: Place, disordered: boolean): Promise<Compared[]> {
  const metrics = await feed(place, 'complete_journey', readCompleteJourney(place.folder), disordered);
  interface Sales {
    groups: {
      group: { store: string };
      periods: { start: string; currencies: Record<string, { revenue: number }> }[];
    }[];
  }
  const answered = new Map<string, number>();
  for (let day = numberOf('2017-01-01'); day <= numberOf('2018-01-07'); day += 31) {
    const range = `from=${dayOf(day)}&to=${dayOf(day + 30)}`;
    const stores = new Set(readCompleteJourney(place.folder).map(({ store }) => store));
    // More stores than an answer has are summed in it.
    const { groups } = await metrics.ask<Sales>(`sales?groupBy=store&${range}`);
    if (stores.size < groups.length) throw new Error('more stores are answered than there are');
    for (const { group, periods } of groups) {
      for (const { start, currencies } of periods)
        if (currencies['USD'] !== undefined)
          answered.set(`${group.store} ${start}`, currencies['USD'].revenue);
    }
  }
  await metrics.stop();
  const plain = [...sumCompleteJourney(place.folder)];
  const shown = plain.filter(([name, cents]) => answered.has(name) || cents === 0);
  return [
    comparedOf(
      'Complete Journey sales by store and day',
      shown.map(([name, cents]): Pair => [cents, answered.get(name) ?? 0]),
    ),
    comparedOf('Complete Journey sales by day', sumsByDay(plain, answered)),
  ];
}

function sumsByDay(
  plain: readonly (readonly [string, number])[],
  answered: ReadonlyMap<string, number>,
): Pair[] {
  const sum = (entries: Iterable<readonly [string, number]>): Map<string, number> => {
    const sums = new Map<string, number>();
    for (const [name, cents] of entries) {
      const day = name.split(' ')[1] ?? '';
      sums.set(day, (sums.get(day) ?? 0) + cents);
    }
    return sums;
  };
  const [expected, found] = [sum(plain), sum(answered)];
  return [...expected].map(([day, cents]): Pair => [
    [day, cents],
    [day, found.get(day) ?? 0],
  ]);
}
