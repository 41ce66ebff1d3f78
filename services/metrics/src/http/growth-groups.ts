/** The parameter `groupBy` of growth, churn and retention, and the growth of each group. */
import { AppError } from '@throughline/contracts';
import { z } from 'zod';
import type { AsOf } from '../core/as-of.ts';
import { formatDay } from '../core/calendar.ts';
import { isLearned } from '../core/group-dimension.ts';
import { maxGroups, otherGroup, pickGroups, reportGroup, type GroupSeries } from '../core/group-report.ts';
import {
  groupingName,
  groupMeasures,
  type GroupingSeries,
  type GroupMeasure,
} from '../core/grouping-series.ts';
import type { GrowthDay } from '../core/growth.ts';
import { findGroupSeries, findKnownFrom, readSummedSeries } from '../db/read-groups.ts';
import type { FigureReader } from './figure-reader.ts';
import type { DayRange, Query } from './query.ts';

const maxDimensions = 2;
/** Series that are looked at: 5,000 groups. */
const maxSeries = 20_000;

export const groupByParameter = {
  groupBy: z
    .string()
    .optional()
    .meta({
      description:
        'One dimension, or two separated by a comma, of those that are configured: the answer has `groups` beside the days of all.',
      examples: ['acquisitionChannel'],
    }),
};

/** The members that an answer has with `groupBy`. @param day of each group */
export function groupsSchema<T extends z.ZodObject>(day: T) {
  return {
    groups: z
      .array(z.object({ group: z.record(z.string(), z.string().nullable()), days: z.array(day) }))
      .optional()
      .describe(
        `With groupBy: the ${maxGroups} with most profiles on the last day; where there are more, the others as \`${otherGroup}\`.`,
      ),
    incompleteBefore: z
      .string()
      .nullable()
      .optional()
      .describe(
        'With groupBy: the day on which the first touchpoint that states a trait was received. Earlier ones may have stated it unseen.',
      ),
  };
}

export interface AskedGroups {
  dimensions: readonly string[];
  /** The one that is kept, with these dimensions or more. */
  grouping: GroupingSeries;
}

export interface GroupGrowth {
  group: Record<string, string | null>;
  days: GrowthDay[];
}

/** Null where they are not asked for. @throws AppError invalid_parameter, unconfigured_group */
export function readGroupBy(query: Query, groupings: readonly GroupingSeries[]): AskedGroups | null {
  const text = query['groupBy'];
  if (text === undefined) return null;
  const dimensions = text.split(',').map((name) => name.trim());
  const kept = groupings.map((grouping) => grouping.dimensions.join(','));
  if (dimensions.length > maxDimensions || new Set(dimensions).size < dimensions.length) {
    throw new AppError('invalid_parameter', `groupBy is one dimension, or two different ones`, {
      field: 'groupBy',
      expected: kept.join('; ') || 'none is configured',
    });
  }
  const grouping = groupings
    .filter((one) => dimensions.every((name) => one.dimensions.includes(name)))
    .toSorted((left, right) => left.dimensions.length - right.dimensions.length)[0];
  if (grouping !== undefined) return { dimensions, grouping };
  const expected = kept.length === 0 ? 'no groups: none are configured' : `by ${kept.join('; by ')}`;
  throw new AppError('unconfigured_group', `figures are grouped ${expected}`, { field: 'groupBy', expected });
}

/** @throws AppError range_too_long where there are more groups than can be looked at */
export async function readGroups(
  { pool, generation }: FigureReader,
  { dimensions, grouping }: AskedGroups,
  of: { activity: string; window: number },
  range: DayRange,
  asOf: AsOf | null,
): Promise<GroupGrowth[]> {
  const groupBy = groupingName(grouping.dimensions);
  const found = await findGroupSeries(pool, generation, { ...of, groupBy }, maxSeries + 1);
  if (found.length > maxSeries) {
    throw new AppError('range_too_long', `more than ${maxSeries / groupMeasures.length} groups`, {
      field: 'groupBy',
      expected: 'dimensions with fewer values',
    });
  }
  const series = found.map(({ id, figure, dimensions: own }): GroupSeries => {
    const group = dimensions.map((name) => (own[name] === undefined ? null : String(own[name])));
    return { id, measure: figure.slice('group.'.length) as GroupMeasure, group };
  });
  const counted = series.filter(({ measure }) => measure === 'active' || measure === 'customersAtStart');
  const lastDay = { from: range.to, to: range.to };
  const ids = counted.map(({ id }) => [id]);
  const weights = new Map<number, number>();
  for (const { sum, amount } of await readSummedSeries(pool, ids, lastDay, asOf))
    weights.set(ids[sum]?.[0] ?? -1, amount);
  const shown = pickGroups(series, weights);
  const sums = shown.flatMap((one) =>
    groupMeasures.map((measure) => one.series.filter((own) => own.measure === measure).map(({ id }) => id)),
  );
  const changes = Map.groupBy(await readSummedSeries(pool, sums, range, asOf), ({ sum }) =>
    Math.floor(sum / groupMeasures.length),
  );
  return shown.map(({ group }, place) => ({
    group: Object.fromEntries(dimensions.map((name, index) => [name, group[index] ?? null])),
    days: reportGroup(
      (changes.get(place) ?? []).map(({ sum, day, amount }) => ({
        measure: groupMeasures[sum % groupMeasures.length] ?? 'active',
        day,
        amount,
      })),
      range,
    ),
  }));
}

/** The day on which the first statement of a dimension was received, where earlier ones may not have been kept; null for none. */
export async function findIncompleteBefore(
  { pool, generation, catalog, calendar }: FigureReader,
  { dimensions }: AskedGroups,
): Promise<string | null> {
  const days: number[] = [];
  for (const name of dimensions.filter(isLearned)) {
    const known = await findKnownFrom(pool, generation, catalog.statedDimensions.indexOf(name));
    if (known !== null) days.push(calendar.dayOf(known.getTime()));
  }
  return days.length === 0 ? null : formatDay(Math.max(...days));
}
