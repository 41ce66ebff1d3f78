/** Cohort retention: of those who had an activity in a period, how many had one again so many periods later. */
import { AppError } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { cohortModes } from '../core/cohort-definition.ts';
import { bracketsOf, type Cohort, type CohortQuestion } from '../core/cohort-report.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { periods } from '../core/period.ts';
import {
  cohortGroupByParameter,
  cohortGroupsSchema,
  readCohortGroupBy,
  readGroupsOfCohorts,
  type CohortGroup,
} from './cohort-groups.ts';
import { readCohortMatrix } from './cohort-matrix.ts';
import { findCurrencies } from '../db/find-currencies.ts';
import { readCurrency, readRevenueMatrix } from './cohort-revenue.ts';
import {
  bracketLabel,
  cohortMeasures,
  readCohortParameters,
  type AskedCohorts,
} from './cohort-parameters.ts';
import { readFormat, sendCsv, tableAnswers, type CsvRow } from './csv.ts';
import { activityParameter, formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery, type DayRange, type Query } from './query.ts';

const own = ['period', 'startActivity', 'activity', 'mode', 'measure', 'unbounded', 'brackets', 'groupBy'];
const parameters = [...own, 'currency', 'from', 'to', 'asOf', 'format'];
/** Rows of an answer: a year of days. */
const maxCohorts = 370;
const { cohorts: definition } = figureDefinitions;
const row = z.object({
  cohort: z.string().describe('First day of its period.'),
  size: z.int(),
  values: z
    .array(z.int())
    .describe(
      'The size, and those who came back in each bucket that has begun; of revenue that of the cohort’s own period first.',
    ),
  partialFrom: z
    .int()
    .nullable()
    .describe('From which of the values on the buckets are not over; null when all are.'),
});
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  period: z.enum(periods),
  startActivity: z.string(),
  activity: z.string(),
  mode: z.enum(cohortModes),
  measure: z.enum(cohortMeasures),
  currency: z.string().nullable().optional().describe('Of revenue; null without any.'),
  unbounded: z.boolean(),
  buckets: z.array(z.string()).describe('What the values after the size are of: `1`, `1-3` or `1+`.'),
  cohorts: z.array(row),
  ...cohortGroupsSchema(row),
  freshness: freshnessSchema,
});
const columns = ['cohort', 'size', 'bucket', 'value', 'partial'];

export function addCohortRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/cohorts',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'cohorts',
        tags: ['figures'],
        summary: 'Cohorts and how many of them came back',
        description:
          'Needs a read key. A row for every period from the one that holds `from` to the one that holds `to`, empty ones too.',
        querystring: documentedQuery(reader),
        response: {
          200: tableAnswers(answer, `${columns.join(',')}\r\n2026-03-01,12,1,5,false\r\n`),
          ...problemAnswers(
            'invalid_parameter',
            'unconfigured_cohort',
            'unconfigured_group',
            'range_too_long',
            'as_of_out_of_range',
          ),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, parameters);
      const format = readFormat(request, query['format']);
      const { cohorts, groups, freshness, ...head } = await readAsked(reader, query);
      if (format === 'json') {
        const more = groups === null ? {} : { groups: groups.map(presentGroup) };
        return { definition, ...head, cohorts: cohorts.map(present), ...more, freshness };
      }
      const ofAll = (matrix: readonly Cohort[]) => matrix.flatMap((one) => csvRows(one, head.buckets));
      const rows =
        groups?.flatMap(({ group, cohorts: matrix }) => ofAll(matrix).map((one) => ({ ...group, ...one }))) ??
        ofAll(cohorts);
      const named = groups === null ? [] : (query['groupBy'] ?? '').split(',').map((name) => name.trim());
      return await sendCsv(reply, [...named, ...columns], rows, freshness, head.self);
    },
  );
}

async function readAsked(reader: FigureReader, query: Query) {
  const { series, ...asked } = readCohortParameters(query, reader.catalog);
  const groupBy = readCohortGroupBy(query, reader, asked);
  const view = await openView(reader, query);
  const range = readDayRange(query, view.today);
  const question = questionOf({ series, ...asked }, range, view.today);
  const customers = await readCohortMatrix(reader, { series, ...asked }, question, view.asOf);
  const groups =
    groupBy === null ? null : await readGroupsOfCohorts(reader, { series, ...asked }, question, groupBy);
  const isRevenue = asked.measure === 'revenue';
  const currency = isRevenue
    ? readCurrency(query, await findCurrencies(reader.pool, reader.generation))
    : null;
  const cohorts = isRevenue
    ? await readRevenueMatrix(reader, { series, ...asked }, { question, currency, customers })
    : customers;
  const { brackets: _brackets, ...head } = asked;
  return {
    ...view.head('cohorts', range, isRevenue || groups !== null),
    ...head,
    ...(isRevenue ? { currency } : {}),
    buckets: bracketsOf(question).map(bracketLabel),
    cohorts,
    groups,
    freshness: view.freshness,
  };
}

function documentedQuery({ catalog }: FigureReader): z.ZodObject {
  const activities = activityParameter(catalog.activities.map(({ activity }) => activity));
  return z.object({
    period: z.enum(periods).optional().meta({ description: 'Default `day`.' }),
    startActivity: activities.optional().meta({ description: 'Default the `activity`.' }),
    activity: activities.optional().meta({ description: 'Default the `startActivity`, or `purchase`.' }),
    mode: z
      .enum(cohortModes)
      .optional()
      .meta({ description: 'By the first period with the start activity (default), or by each.' }),
    measure: z
      .enum(cohortMeasures)
      .optional()
      .meta({ description: 'Default `customers`. `revenue`: what they spent in each period, less refunds.' }),
    currency: z
      .string()
      .optional()
      .meta({ description: 'Of revenue; needed where sales are in several.', examples: ['EUR'] }),
    unbounded: z
      .enum(['true', 'false'])
      .optional()
      .meta({ description: 'Came back in the bucket or later. Default false.' }),
    brackets: z
      .string()
      .optional()
      .meta({ description: 'Buckets put together.', examples: ['1-3,4-7,8+'] }),
    ...cohortGroupByParameter,
    ...rangeParameters,
    ...asOfParameter,
    ...formatParameter,
  });
}

/** @throws AppError range_too_long */
function questionOf(asked: AskedCohorts, { from, to }: DayRange, today: number): CohortQuestion {
  const { mode, unbounded, brackets, period, series } = asked;
  const found = series.periods.find(({ numbers }) => numbers.period === period);
  if (found === undefined) throw new Error(`cohorts have no period ${period}`);
  const { numbers, cap } = found;
  const [first, last] = [numbers.numberOf(from), numbers.numberOf(to)];
  if (last - first >= maxCohorts) {
    throw new AppError('range_too_long', `at most ${maxCohorts} cohorts in one answer`, {
      field: 'from',
      expected: `at most ${maxCohorts} periods`,
    });
  }
  return { numbers, mode, cap, first, last, brackets, unbounded, today };
}

function present({ start, ...one }: Cohort): z.infer<typeof row> {
  return { cohort: formatDay(start), ...one };
}

function presentGroup({ group, cohorts }: CohortGroup) {
  return { group, cohorts: cohorts.map(present) };
}

function csvRows({ start, size, values, partialFrom }: Cohort, buckets: readonly string[]): CsvRow[] {
  const head = { cohort: formatDay(start), size };
  return values.map((value, index) => ({
    ...head,
    bucket: index === 0 ? '0' : (buckets[index - 1] ?? ''),
    value,
    partial: partialFrom !== null && index >= partialFrom,
  }));
}
