/** Sums of deltas as the lines that `expectedFigures` gives. */
import { relationships } from '@throughline/contracts';
import { formatDay } from '../src/core/calendar.ts';
import { bitsOfPrevious } from '../src/core/cohort-series.ts';
import { createSeriesValue, growthOn, type SeriesValue } from '../src/core/growth.ts';
import { reportLifecycle } from '../src/core/lifecycle.ts';
import type { SeriesCatalog, SeriesKey } from '../src/core/series.ts';
import { stickinessByDay } from '../src/core/stickiness.ts';
import {
  cohortLine,
  cohortRanges,
  comparedDays,
  eventName,
  groupLine,
  stickyLine,
  stickyWindow,
  type FigureLines,
} from './expected-figures.ts';

export interface CellChange {
  /** Number in the catalog. */
  series: number;
  day: number;
  /** Of a series of cohorts; 0 of others. */
  cell: number;
  amount: number;
}

export function maintainedFigures(catalog: SeriesCatalog, changes: readonly CellChange[]): FigureLines {
  const bySeries = Map.groupBy(changes, ({ series }) => series);
  const valueOf = (series: number): SeriesValue =>
    createSeriesValue((bySeries.get(series) ?? []).toSorted((left, right) => left.day - right.day));
  const lines: FigureLines = [];
  for (let day = comparedDays.from; day <= comparedDays.to; day++) {
    for (const { activity, first, windows } of catalog.activities) {
      for (const { window, active, retained } of windows) {
        const figures = growthOn(day, window, {
          first: valueOf(first),
          active: valueOf(active),
          retained: valueOf(retained),
        });
        for (const name of [
          'customersAtStart',
          'active',
          'retained',
          'churned',
          'new',
          'reactivated',
        ] as const) {
          if (figures[name] !== 0)
            lines.push(`${activity} ${window} ${formatDay(day)} ${name} ${figures[name]}`);
        }
      }
    }
    for (const [stage, series] of catalog.occupancy) {
      series.forEach((number, index) => {
        const profiles = valueOf(number)(day);
        if (profiles !== 0)
          lines.push(`stage ${formatDay(day)} ${stage} ${relationships[index]} ${profiles}`);
      });
    }
  }
  lines.push(...maintainedGroups(catalog, bySeries, valueOf));
  lines.push(...maintainedLifecycle(catalog, (series) => bySeries.get(series) ?? []));
  lines.push(...maintainedStickiness(catalog, bySeries, valueOf));
  lines.push(...maintainedCohorts(catalog, bySeries));
  for (const [series, cells] of bySeries) {
    const key = catalog.keys[series];
    if (key === undefined || !isEvent(key)) continue;
    for (const [day, ofDay] of Map.groupBy(cells, (cell) => cell.day)) {
      const amount = ofDay.reduce((sum, cell) => sum + cell.amount, 0);
      const isCompared = comparedDays.from <= day && day <= comparedDays.to;
      if (amount !== 0 && isCompared) lines.push(`${lineName(key, formatDay(day))} ${amount}`);
    }
  }
  return lines.sort();
}

function maintainedGroups(
  catalog: SeriesCatalog,
  bySeries: ReadonlyMap<number, readonly CellChange[]>,
  valueOf: (series: number) => SeriesValue,
): FigureLines {
  return [...bySeries.keys()].flatMap((series) => {
    const key = catalog.keys[series];
    if (key === undefined || !key.figure.startsWith('group.')) return [];
    const { activity = '', window = 0, groupBy = '', ...own } = key.dimensions as Record<string, string>;
    const value = valueOf(series);
    const group = groupBy.split('+').map((dimension) => own[dimension] ?? null);
    const name = [activity, window, groupBy, key.figure.slice('group.'.length)];
    return Array.from({ length: comparedDays.to - comparedDays.from + 1 }, (_value, index) => {
      const day = comparedDays.from + index;
      return value(day) === 0 ? [] : [groupLine(name, formatDay(day), group, value(day))];
    }).flat();
  });
}

function maintainedLifecycle(
  catalog: SeriesCatalog,
  changesOf: (series: number) => readonly { day: number; amount: number }[],
): FigureLines {
  return catalog.activities.flatMap(({ activity, first, periods }) =>
    periods.flatMap(({ numbers: { period }, returning, resurrecting }) =>
      reportLifecycle(
        {
          first: changesOf(first),
          returning: changesOf(returning),
          resurrecting: changesOf(resurrecting),
        },
        { ...comparedDays, period, weekStart: catalog.settings.weekStart, today: comparedDays.to },
      ).flatMap((row) =>
        (['new', 'returning', 'resurrecting', 'dormant'] as const).flatMap((name) =>
          row[name] === 0
            ? []
            : [`lifecycle ${activity} ${period} ${formatDay(row.start)} ${name} ${row[name]}`],
        ),
      ),
    ),
  );
}

function maintainedStickiness(
  catalog: SeriesCatalog,
  bySeries: ReadonlyMap<number, readonly CellChange[]>,
  valueOf: (series: number) => SeriesValue,
): FigureLines {
  const changesOf = (series: number | undefined) => bySeries.get(series ?? -1) ?? [];
  return catalog.activities.flatMap(({ activity, first, periods, windows }) => {
    const daily = periods.find(({ numbers }) => numbers.period === 'day');
    const changes = {
      first: changesOf(first),
      returning: changesOf(daily?.returning),
      resurrecting: changesOf(daily?.resurrecting),
    };
    const active = windows.find(({ window }) => window === stickyWindow)?.active ?? -1;
    const question = { ...comparedDays, window: stickyWindow };
    return stickinessByDay(changes, valueOf(active), question).flatMap(({ day, ...row }) =>
      row.profileDays === 0 ? [] : [stickyLine(activity, { day: formatDay(day), ...row })],
    );
  });
}

/** Whether the changes of a day, not their sum up to the day, are what is shown. */
function isEvent({ figure }: SeriesKey): boolean {
  return (
    figure.startsWith('sales.') || ['transition', 'dwell', 'channelTransition', 'score'].includes(figure)
  );
}

function lineName({ figure, dimensions }: SeriesKey, day: string): string {
  if (!figure.startsWith('sales.')) return eventName(figure, day, dimensions);
  const { currency, store = null, register = null, channel = null } = dimensions as Record<string, string>;
  return `${figure} ${day} ${JSON.stringify([currency, store, register, channel])}`;
}

/** By the cells themselves, as their definition says: a cohort is a number of periods before the day of a cell. */
function maintainedCohorts(
  catalog: SeriesCatalog,
  bySeries: ReadonlyMap<number, readonly CellChange[]>,
): FigureLines {
  const { pairs, caps } = catalog.settings.cohorts;
  const allCells = [...bySeries].flatMap(([series, changes]) => {
    const key = catalog.keys[series];
    if (key?.figure !== 'cohort.first' && key?.figure !== 'cohort.recurring') return [];
    const { startActivity, activity, period } = key.dimensions;
    const name = `${startActivity} ${activity} ${key.figure.slice('cohort.'.length)} ${period}`;
    return changes.map(({ day, cell, amount }) => ({ name, day, ...bucketsOfCell(cell), amount }));
  });
  const cellsOf = Map.groupBy(allCells, ({ name }) => name);
  return pairs.flatMap(({ startActivity, activity, modes }) =>
    modes.flatMap((mode) => {
      const start = catalog.activities.find((one) => one.activity === startActivity);
      return (start?.periods ?? []).flatMap(({ numbers, returning, resurrecting }) => {
        const { period, numberOf, startOf } = numbers;
        const sizes = [start?.first ?? -1, ...(mode === 'first' ? [] : [returning, resurrecting])];
        const sizeCells = Map.groupBy(
          sizes.flatMap((series) => bySeries.get(series) ?? []),
          ({ day }) => numberOf(day),
        );
        const pair = [startActivity, activity, mode, period];
        const cells = Map.groupBy(
          cellsOf.get(pair.join(' ')) ?? [],
          ({ day, bucket }) => numberOf(day) - bucket,
        );
        return [...new Set([...sizeCells.keys(), ...cells.keys()])].flatMap((cohort) => {
          const own = cells.get(cohort) ?? [];
          const size = sumOf(sizeCells.get(cohort) ?? []);
          const returned = cohortRanges(mode, caps[period]).map(({ from, to }) =>
            sumOf(
              own.filter(
                ({ bucket, previous }) =>
                  previous < from && from <= bucket && bucket <= (to ?? Number.POSITIVE_INFINITY),
              ),
            ),
          );
          if (size === 0 && returned.every((count) => count === 0)) return [];
          return [cohortLine(pair, formatDay(startOf(cohort)), size, returned)];
        });
      });
    }),
  );
}

function sumOf(changes: readonly { amount: number }[]): number {
  return changes.reduce((sum, { amount }) => sum + amount, 0);
}

function bucketsOfCell(cell: number): { bucket: number; previous: number } {
  return { bucket: cell >> bitsOfPrevious, previous: cell & ((1 << bitsOfPrevious) - 1) };
}
