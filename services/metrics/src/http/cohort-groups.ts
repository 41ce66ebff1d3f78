/** The parameter `groupBy` of cohorts, and the cohorts of each group. */
import { AppError } from '@throughline/contracts';
import { z } from 'zod';
import { reportCohorts, type Cohort, type CohortQuestion } from '../core/cohort-report.ts';
import { otherGroup } from '../core/group-report.ts';
import { relationshipDimension } from '../core/grouping-series.ts';
import { readCohortGroups } from '../db/read-cohort-groups.ts';
import type { AskedCohorts } from './cohort-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { readGroupBy } from './growth-groups.ts';
import type { Query } from './query.ts';

/** Groups of an answer; the others are one. */
const maxGroups = 50;
/** With groups: an answer has as many matrices. */
const maxCohorts = 100;
/** Days with the start activity, of all customers together. */
const maxDays = 200_000;

export const cohortGroupByParameter = {
  groupBy: z
    .string()
    .optional()
    .meta({
      description:
        'One dimension, or two separated by a comma, of those that are configured, but `relationship`: the answer has `groups` ' +
        'beside the cohorts of all.',
      examples: ['acquisitionChannel'],
    }),
};

/** The member that an answer has with `groupBy`. @param cohort of each group */
export function cohortGroupsSchema<T extends z.ZodObject>(cohort: T) {
  return {
    groups: z
      .array(z.object({ group: z.record(z.string(), z.string().nullable()), cohorts: z.array(cohort) }))
      .optional()
      .describe(
        `With groupBy: the ${maxGroups} with most customers; where there are more, the others as \`${otherGroup}\`.`,
      ),
  };
}

export interface CohortGroup {
  group: Record<string, string | null>;
  cohorts: Cohort[];
}

/** Names of the dimensions; null where groups are not asked for. @throws AppError invalid_parameter, unconfigured_group */
export function readCohortGroupBy(
  query: Query,
  { catalog }: Pick<FigureReader, 'catalog'>,
  { measure }: Pick<AskedCohorts, 'measure'>,
): readonly string[] | null {
  const asked = readGroupBy(query, catalog.groupings);
  if (asked === null) return null;
  const refuse = (detail: string, field: string, expected: string): AppError =>
    new AppError('invalid_parameter', detail, { field, expected });
  if (asked.dimensions.includes(relationshipDimension)) {
    throw refuse('a relationship is that of a day, and none of a cohort', 'groupBy', 'another dimension');
  }
  if (measure !== 'customers') {
    throw refuse('cohorts by group are those of customers', 'measure', 'customers');
  }
  if (query['asOf'] !== undefined) throw refuse('cohorts by group are as they are now', 'asOf', 'no asOf');
  return asked.dimensions;
}

/** @throws AppError range_too_long */
export async function readGroupsOfCohorts(
  { pool, generation, catalog }: Pick<FigureReader, 'pool' | 'generation' | 'catalog'>,
  { mode, series }: Pick<AskedCohorts, 'mode' | 'series'>,
  question: CohortQuestion,
  dimensions: readonly string[],
): Promise<CohortGroup[]> {
  const { numbers, cap, first, last, brackets } = question;
  const cohorts = last - first + 1;
  if (cohorts > maxCohorts) throw tooLong(`at most ${maxCohorts} cohorts in one answer with groups`);
  const end = mode === 'first' ? cap + 1 : cap;
  const sums = await readCohortGroups(pool, {
    generation,
    startActivity: series.start,
    activity: series.activity,
    mode,
    starts: Array.from({ length: cohorts + cap + 1 }, (_value, index) => numbers.startOf(first + index)),
    cohorts,
    cap,
    brackets: brackets?.map(({ from, to }) => ({ from, to: to ?? end })) ?? null,
    dimensions: dimensions.map((name) => ({ name, place: catalog.statedDimensions.indexOf(name) })),
    maxGroups,
    maxDays,
  });
  if (sums === null) throw tooLong(`the cohorts have more than ${maxDays} active days`);
  return [...Map.groupBy(sums, ({ rank }) => rank).values()].map((own) => ({
    group: Object.fromEntries(
      dimensions.map((name, place) => {
        const group = own[0]?.group ?? null;
        return [name, group === null ? otherGroup : (group[place] ?? null)];
      }),
    ),
    cohorts: reportCohorts(own, question),
  }));
}

function tooLong(detail: string): AppError {
  return new AppError('range_too_long', detail, { field: 'from', expected: 'fewer cohorts at once' });
}
