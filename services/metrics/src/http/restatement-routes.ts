/** Restatements: by how much, when and why the figures of closed days were changed. */
import { AppError, relationships } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { periods } from '../core/period.ts';
import type { SeriesCatalog, SeriesKey } from '../core/series.ts';
import { cohortCell } from '../core/cohort-series.ts';
import { findFigureTerms, type FigureTerm } from '../db/find-terms.ts';
import { cohortDimensions, cohortFigures, readCohortKey } from './cohort-key.ts';
import {
  activityParameter,
  rangeParameters,
  readByRoute,
  stageParameter,
  windowParameter,
} from './figure-parameters.ts';
import { groupFigures, groupParameters, readGroupKey } from './group-key.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, readMoment, resolveAsOf } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { openDimensions, openFigures, readOpenKey, salesFigures } from './open-series-key.ts';
import { readDayRange, readLimit, readQuery, type Query } from './query.ts';
import { readRestatementPage } from './restatement-pages.ts';
import { formatRestatementCursor, parseRestatementCursor } from './restatement-cursor.ts';

const dimensions = [...cohortDimensions, 'window', 'stage', 'relationship', ...openDimensions] as const;
const parametersOf = (catalog: SeriesCatalog) => [
  'figure',
  ...namesOf(catalog),
  'from',
  'to',
  'since',
  'asOf',
  'limit',
  'cursor',
];
const namesOf = (catalog: SeriesCatalog) => [
  ...new Set<string>([...dimensions, ...groupParameters(catalog)]),
];
const maxItems = 100;
const hourMs = 3_600_000;

const answer = z.object({
  items: z.array(
    z.object({
      figure: z.string(),
      dimensions: z.record(z.string(), z.union([z.string(), z.number()])),
      from: z.string().describe('First day on which the figure changed.'),
      to: z.string().describe('Last day, included.'),
      change: z.int().describe('By how much it is higher on each of these days.'),
      cause: z.string(),
      changedAt: z
        .string()
        .describe('Beginning of the quarter of an hour of the reporting zone in which it changed.'),
      hour: z.string().describe('Beginning of the hour of UTC that holds `changedAt`.'),
      reasons: z
        .array(z.string())
        .describe(
          'Up to five of the touchpoints or decisions that changed these days; not always all. Of a `rebuild` the settings that changed.',
        ),
    }),
  ),
  nextCursor: z.string().nullable(),
  freshness: freshnessSchema,
});

export function addRestatementRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/restatements',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'restatements',
        tags: ['figures'],
        summary: 'Changes of closed days, newest first',
        description:
          'Needs a read key. Of one series: `figure=active|retained` with `activity` and `window`, `figure=first` with ' +
          '`activity`, `figure=returning|resurrecting` with `activity` and `period`, `figure=occupancy` with `stage` and ' +
          '`relationship`, `figure=sales.…` with those of `currency`, `store`, `register` and `channel` that the sales have, ' +
          '`figure=transition`, `dwell`, `channelTransition` and `score` (`metric`, `score`, `channel`) with theirs, `figure=group.…` with `activity`, `window`, `groupBy` (a ' +
          'grouping as it is configured) and a parameter for each dimension of which the group has a value. ' +
          '`first`, `returning`, `resurrecting`, `sales.…`, `transition`, `dwell`, `channelTransition` and `score` are running totals: the change of `first` between two days is that ' +
          'of `new`, and a sale more counts on its day and on those after it. With `since` and `asOf` the ' +
          'restatements of a day that was closed at the first moment are the difference of the figures as they stood at the two. A page may have fewer items than `limit`, or none, and a `nextCursor` all the same.',
        querystring: documentedQuery(reader),
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: answer } } },
          ...problemAnswers('invalid_parameter', 'range_too_long', 'as_of_out_of_range'),
        },
      },
    },
    async (request) => {
      const query = readQuery(request.query, parametersOf(reader.catalog));
      const { key, cell, named } = resolveKey(reader, query);
      const { cursor } = query;
      const days = readDayRange(query, reader.today());
      const limit = readLimit(query, maxItems);
      const after = cursor === undefined ? null : parseRestatementCursor(cursor);
      const span = await readSpan(reader, query);
      const freshness = await reader.freshness();
      const asked = { key, cell, ...days, limit, after, ...span };
      // No JSON in Postgres has it, so no series does.
      const isKnown = !JSON.stringify(key.dimensions).includes('\\u0000');
      const { items, next } = isKnown
        ? await readRestatementPage(reader.pool, asked)
        : { items: [], next: null };
      return {
        items: items.map(({ from, to, change, cause, quarter, reasons }) => ({
          ...named,
          from: formatDay(from),
          to: formatDay(to),
          change,
          cause,
          changedAt: new Date(quarter).toISOString(),
          hour: new Date(Math.floor(quarter / hourMs) * hourMs).toISOString(),
          reasons,
        })),
        nextCursor: next === null ? null : formatRestatementCursor(next),
        freshness,
      };
    },
  );
}

function documentedQuery({ catalog }: FigureReader): z.ZodObject {
  const { windows } = catalog.settings;
  const activities = activityParameter(catalog.activities.map(({ activity }) => activity));
  return z.object({
    figure: z
      .enum([
        'active',
        'retained',
        'first',
        'returning',
        'resurrecting',
        'occupancy',
        ...cohortFigures,
        ...openFigures,
        ...groupFigures,
      ])
      .meta({ examples: ['active'] }),
    activity: activities.optional(),
    window: windowParameter(windows).optional(),
    period: z.enum(periods).optional(),
    startActivity: activities.optional(),
    bucket: z.int().optional().meta({ description: 'Of cohorts: periods after that of the cohort.' }),
    previous: z.int().optional().meta({ description: 'Of cohorts: the bucket before it; 0 for none.' }),
    stage: stageParameter([...catalog.occupancy.keys()], 'Of `occupancy` and `dwell`.').optional(),
    relationship: z.enum(relationships).optional(),
    ...Object.fromEntries(openDimensions.map((name) => [name, z.string().optional()])),
    ...Object.fromEntries(
      groupParameters(catalog)
        .filter((name) => name !== 'relationship')
        .map((name) => [name, z.string().optional()]),
    ),
    ...rangeParameters,
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'A moment: what changed after the figures stood so.' }),
    ...asOfParameter,
    limit: z
      .int()
      .min(1)
      .max(maxItems)
      .optional()
      .meta({ description: `Default ${maxItems}.` }),
    cursor: z.string().optional().meta({ description: 'The `nextCursor` of the page before.' }),
  });
}

interface AskedSpan {
  terms: FigureTerm[];
  since: number | null;
  before: number | null;
}

/** The generations between the two moments, and the epochs with which that begins and ends. @throws AppError */
async function readSpan({ pool }: FigureReader, query: Query): Promise<AskedSpan> {
  const terms = await findFigureTerms(pool);
  const placeOf = async (name: 'since' | 'asOf') => {
    const moment = readMoment(query, name);
    if (moment === null) return null;
    const place = Math.max(
      0,
      terms.findLastIndex(({ from }) => from <= moment),
    );
    const term = terms[place];
    if (term === undefined) return null;
    const { epoch } = await resolveAsOf({ pool, generation: term.generation }, moment, name);
    return { place, epoch: term.last === null ? epoch : Math.min(epoch, term.last.epoch) };
  };
  const since = await placeOf('since');
  const before = await placeOf('asOf');
  return {
    terms: terms.slice(since?.place ?? 0, (before?.place ?? terms.length - 1) + 1),
    since: since?.epoch ?? null,
    before: before?.epoch ?? null,
  };
}

interface AskedSeries {
  key: SeriesKey;
  /** 0 for none. */
  cell: number;
  named: Pick<SeriesKey, 'figure'> & { dimensions: Record<string, string | number> };
}

function resolveKey(reader: FigureReader, query: Query): AskedSeries {
  const given = namesOf(reader.catalog).filter((name) => query[name] !== undefined);
  const open = readOpenKey(query, given) ?? readGroupKey(query, given, reader.catalog);
  if (open !== null) return { key: open, cell: 0, named: open };
  const cohort = readCohortKey(query, given.length, reader.catalog);
  if (cohort !== null) {
    const { key, bucket, previous } = cohort;
    const named = { figure: key.figure, dimensions: { ...key.dimensions, bucket, previous } };
    return { key, cell: cohortCell(bucket, previous), named };
  }
  const number = reader.catalog.keys.findIndex((key) => {
    const own = key.dimensions as Record<string, string | number>;
    return (
      !cohortFigures.some((figure) => figure === key.figure) &&
      key.figure === query['figure'] &&
      given.length === Object.keys(own).length &&
      given.every((name) => String(own[name]) === query[name])
    );
  });
  const key = reader.catalog.keys[number];
  if (key === undefined) {
    throw new AppError('invalid_parameter', 'figure and its dimensions name no series that is kept', {
      field: 'figure',
      expected:
        'figure=active or retained with activity and window; first with activity; ' +
        'returning or resurrecting with activity and period; cohort.first or cohort.recurring with startActivity, activity, ' +
        'period, bucket and previous; occupancy with stage and relationship; ' +
        `${groupFigures.join(', ')} with activity, window, groupBy (such as homeStore+relationship) and the values; ` +
        `${salesFigures.join(', ')} with currency, store, register and channel; transition with toStage, toRelationship, ` +
        'fromStage and fromRelationship; dwell with stage, relationship and days; channelTransition with relationship, ' +
        'fromChannel and toChannel; score with metric, score and channel',
    });
  }
  return { key, cell: 0, named: key };
}
