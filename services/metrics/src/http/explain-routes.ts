/** What is behind a figure on a day: exactly the profiles, page by page; and for one profile the touchpoints. */
import { AppError, relationships } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { explainedProfileSchema, explainProfile } from './explained-profile.ts';
import {
  explainedColumns,
  explainedFigures,
  readExplained,
  readExplainedPage,
} from './explained-profiles.ts';
import {
  activityParameter,
  formatParameter,
  readByRoute,
  stageParameter,
  windowParameter,
} from './figure-parameters.ts';
import { readExplainedAsOf, requireExplained } from './explained-as-of.ts';
import { readExplainedValue } from './explained-value.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readDay, readLimit, readQuery, type Query } from './query.ts';

const dimensions = ['window', 'activity', 'stage', 'relationship'];
const parameters = ['figure', 'day', ...dimensions, 'profile', 'asOf', 'limit', 'cursor', 'format'];
const maxItems = 1_000;
const definition = figureDefinitions.explain;
const cell = z.union([z.string(), z.number(), z.null()]);

const answer = z.object({
  definition: z.string(),
  figure: z.string(),
  day: z.string(),
  asOf: z.string().nullable().describe('The moment that was asked for; null for the figure now.'),
  value: z
    .number()
    .optional()
    .describe('The figure: the profiles of all pages, or the transactions of sales.'),
  items: z
    .array(z.record(z.string(), cell))
    .optional()
    .describe('The profiles; of sales a row for each identifier and currency, amounts in minor units.'),
  nextCursor: z.string().nullable().optional(),
  explained: explainedProfileSchema.optional().describe('With `profile`, instead of items.'),
  freshness: freshnessSchema,
});

export function addExplainRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/explain',
    { onRequest: requireKey('read'), validatorCompiler: readByRoute, schema: documentedRoute(reader) },
    async (request, reply) => {
      const query = readQuery(request.query, parameters);
      const explained = readExplained(reader, query);
      const { asOf, today, freshness, head: headOf } = await openView(reader, query);
      const day = readDay(query, 'day') ?? today;
      const format = readFormat(request, query['format']);
      const { asOf: moment } = headOf('explain', null);
      const head = { definition, figure: query['figure'] ?? '', day: formatDay(day), asOf: moment };
      const identifier = readIdentifier(query);
      const limit = readLimit(query, maxItems);
      if (asOf !== null) await requireExplained(reader, asOf, day);
      if (identifier !== null) {
        if (format === 'csv') throw oneProfileAsCsv();
        if (asOf !== null) throw oneProfileAsOf();
        const one = await explainProfile(reader, explained, { day, identifier });
        return await reply.send({ ...head, explained: one, freshness });
      }
      const asked = { day, limit, cursor: query['cursor'] };
      const page =
        asOf === null
          ? await readExplainedPage(reader, explained, asked)
          : await readExplainedAsOf(reader, explained, { ...asked, asOf });
      if (format === 'json') {
        const value = await readExplainedValue(reader, explained, { day, asOf });
        return await reply.send({ ...head, value, ...page, freshness });
      }
      reply.header('throughline-next-cursor', page.nextCursor ?? '');
      return await sendCsv(reply, explainedColumns[explained.of], page.items, freshness);
    },
  );
}

/** @throws AppError invalid_parameter */
function readIdentifier(query: Query): string | null {
  const text = query['profile'];
  if (text === undefined) return null;
  if (z.uuid().safeParse(text).success) return text.toLowerCase();
  throw new AppError('invalid_parameter', 'profile is the id of a profile or of an identifier', {
    field: 'profile',
    expected: 'a UUID, as in the items of the figure',
  });
}

function oneProfileAsCsv(): AppError {
  return new AppError('invalid_parameter', 'the explanation of one profile is JSON', {
    field: 'format',
    expected: 'json',
  });
}

function oneProfileAsOf(): AppError {
  return new AppError(
    'invalid_parameter',
    'the touchpoints of a profile are shown as they are now: profile and asOf exclude each other',
    { field: 'asOf', expected: 'profile or asOf' },
  );
}

function documentedRoute({ catalog }: FigureReader) {
  const { activities, settings, occupancy } = catalog;
  return {
    operationId: 'explain',
    tags: ['figures'],
    summary: 'The profiles behind a figure on a day, and why one of them is',
    description:
      'Needs a read key. Of growth, churn and retention with `window` and `activity`, of stages with `stage` and, unless all ' +
      'are wanted, `relationship`; of sales a row for each identifier and currency, which sum to the day. The profiles of all ' +
      'pages are as many as the figure, `value`, while nothing changes in between. With `asOf` they are those of then, of a day that was ' +
      'closed: those that are no more behind the figure come first, without the days of their histories, which were others. A page may have fewer items than `limit`, or none, ' +
      'and a `nextCursor` all the same; of CSV it is in the header `Throughline-Next-Cursor`. With `profile` the answer is about ' +
      'that profile alone: whether it is behind the figure, and the touchpoints of the days that decide it.',
    querystring: z.object({
      figure: z.enum(explainedFigures).meta({ examples: ['churned'] }),
      day: z.iso
        .date()
        .optional()
        .meta({ description: 'Default today.', examples: ['2026-03-31'] }),
      window: windowParameter(settings.windows).optional(),
      activity: activityParameter(activities.map(({ activity }) => activity)).optional(),
      stage: stageParameter([...occupancy.keys()], 'Of `stages`.').optional(),
      relationship: z.enum(relationships).optional(),
      ...asOfParameter,
      profile: z.uuid().optional().meta({ description: 'The id of a profile or of one of its identifiers.' }),
      limit: z
        .int()
        .min(1)
        .max(maxItems)
        .optional()
        .meta({ description: `Default ${maxItems}.` }),
      cursor: z.string().optional().meta({ description: 'The `nextCursor` of the page before.' }),
      ...formatParameter,
    }),
    response: {
      200: tableAnswers(
        answer,
        `${explainedColumns.growth.join(',')}\r\n3f0f4a52-3f5e-4d0c-8a4e-52b1d2a7c9e1,2026-02-20,2026-01-03\r\n`,
      ),
      ...problemAnswers(
        'invalid_parameter',
        'unconfigured_window',
        'unknown_activity',
        'profile_not_found',
        'range_too_long',
        'as_of_out_of_range',
      ),
    },
  };
}
