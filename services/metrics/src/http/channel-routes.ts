/** How profiles move between channels, such as from the website to the store, and how many are on several. */
import { AppError, relationships, type Relationship } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { countChannels, maxChannelTouchpoints } from '../db/count-channels.ts';
import { readEvents, type EventCount } from '../db/read-events.ts';
import { readFormat, sendCsv, tableAnswers } from './csv.ts';
import { formatParameter, rangeParameters, readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { asOfParameter, openView, viewSchema } from './figure-view.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery, type DayRange } from './query.ts';
import { readRelationship, relationshipParameter } from './relationship-parameter.ts';

const { channelTransitions: definition } = figureDefinitions;
const channel = z.string().nullable().describe('Null for a touchpoint that names none.');
const answer = z.object({
  definition: z.string(),
  ...viewSchema,
  from: z.string(),
  to: z.string(),
  transitions: z
    .array(
      z.object({
        from: channel,
        to: channel,
        count: z.int(),
        relationships: z.record(z.enum(relationships), z.int()).describe('By that at the end of the day.'),
      }),
    )
    .describe('Most frequent first.'),
  profiles: z
    .object({
      seen: z.int().describe('With a stage-bearing touchpoint on a named channel within the days asked for.'),
      onSeveral: z.int().describe('Of these, on two channels or more.'),
      share: z.number().nullable().describe('onSeveral / seen'),
    })
    .nullable()
    .describe('Of now; null with `asOf`.'),
  partial: z.boolean().describe('The last day is not over yet.'),
  freshness: freshnessSchema,
});
const columns = ['from', 'to', 'count', ...relationships];
/** Pairs of channels by relationship. */
const maxRows = 100_000;

export function addChannelRoutes(
  app: HttpApp,
  reader: FigureReader,
  requireKey: ServiceHttp['requireKey'],
): void {
  app.get(
    '/v1/metrics/channels/transitions',
    {
      onRequest: requireKey('read'),
      validatorCompiler: readByRoute,
      schema: {
        operationId: 'channelTransitions',
        tags: ['figures'],
        summary: 'Transitions between channels, and profiles on several',
        description: `Needs a read key. \`profiles\` is of all relationships, and of up to ${maxChannelTouchpoints} touchpoints within the days.`,
        querystring: z.object({
          ...rangeParameters,
          ...relationshipParameter,
          ...asOfParameter,
          ...formatParameter,
        }),
        response: {
          200: tableAnswers(answer, `${columns.join(',')}\r\nweb,store,12,3,5,4\r\n`),
          ...problemAnswers('invalid_parameter', 'range_too_long', 'as_of_out_of_range'),
        },
      },
    },
    async (request, reply) => {
      const query = readQuery(request.query, ['from', 'to', 'relationship', 'asOf', 'format']);
      const format = readFormat(request, query['format']);
      const relationship = readRelationship(query);
      const { asOf, today, freshness, head } = await openView(reader, query);
      const range = readDayRange(query, today);
      const { pool, generation } = reader;
      const asked = { ...range, byDay: false, limit: maxRows + 1, asOf };
      const events = await readEvents(pool, generation, { figure: 'channelTransition', ...asked });
      const about = head('channels/transitions', range);
      if (events.length > maxRows) throw tooLong('pairs of channels', maxRows);
      const transitions = channelTransitions(events, relationship);
      if (format === 'csv') {
        const rows = transitions.map(({ relationships: counts, ...row }) => ({ ...row, ...counts }));
        return await sendCsv(reply, columns, rows, freshness, about.self);
      }
      const profiles = asOf === null ? await countProfiles(reader, range) : null;
      const days = { from: formatDay(range.from), to: formatDay(range.to) };
      const partial = range.to >= today;
      return await reply.send({ definition, ...about, ...days, transitions, profiles, partial, freshness });
    },
  );
}

/** @throws AppError range_too_long */
async function countProfiles({ pool, generation }: FigureReader, range: DayRange) {
  const { seen, onSeveral, isTooLong } = await countChannels(pool, generation, range);
  if (isTooLong) throw tooLong('touchpoints', maxChannelTouchpoints);
  return { seen, onSeveral, share: seen === 0 ? null : onSeveral / seen };
}

function channelTransitions(events: readonly EventCount[], relationship: Relationship | null) {
  const shown = events.filter(
    ({ dimensions }) => (relationship ?? dimensions['relationship']) === dimensions['relationship'],
  );
  const pairs = Map.groupBy(shown, ({ dimensions: { fromChannel, toChannel } }) =>
    JSON.stringify([fromChannel ?? null, toChannel ?? null]),
  );
  return [...pairs]
    .map(([pair, own]) => {
      const [from = null, to = null] = JSON.parse(pair) as (string | null)[];
      const counts = Object.fromEntries(relationships.map((name) => [name, 0])) as Record<
        Relationship,
        number
      >;
      for (const { dimensions, count } of own) counts[dimensions['relationship'] as Relationship] += count;
      return { from, to, count: own.reduce((sum, { count }) => sum + count, 0), relationships: counts, pair };
    })
    .filter(({ count }) => count !== 0)
    .toSorted((left, right) => right.count - left.count || (left.pair < right.pair ? -1 : 1))
    .map(({ pair: _pair, ...transition }) => transition);
}

function tooLong(what: string, limit: number): AppError {
  return new AppError('range_too_long', `there are too many ${what} in the range: ask for fewer days`, {
    field: 'from',
    expected: `at most ${limit} ${what}`,
  });
}
