/** Restatements: by how much, when and why the figures of closed days were changed. */
import { AppError } from '@throughline/contracts';
import type { HttpApp, ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { restatementsOf, type Restatement } from '../core/restatements.ts';
import type { SeriesKey } from '../core/series.ts';
import { readReasons } from '../db/read-reasons.ts';
import { readSeriesChanges } from '../db/read-series-changes.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readDayRange, readQuery, type Query } from './query.ts';

const dimensions = ['activity', 'window', 'stage', 'relationship'] as const;
const parameters = ['figure', ...dimensions, 'from', 'to', 'limit', 'cursor'];
const maxItems = 100;
const maxRows = 10_000;

const answer = z.object({
  items: z.array(
    z.object({
      figure: z.string(),
      dimensions: z.record(z.string(), z.union([z.string(), z.number()])),
      /** Days on which the figure changed, both included. */
      from: z.string(),
      to: z.string(),
      /** By how much on each of them. */
      change: z.int(),
      cause: z.string(),
      /** Beginning of the hour in which it changed. */
      hour: z.string(),
      /** Examples of the touchpoints or decisions behind it. */
      reasons: z.array(z.string()),
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
      schema: {
        tags: ['figures'],
        summary: 'Changes of closed days, newest first',
        description:
          'Of one series: `figure=active|retained` with `activity` and `window`, `figure=first` with `activity`, ' +
          '`figure=occupancy` with `stage` and `relationship`. `first` is a running total: its changes between two days ' +
          'are those of `new`.',
        querystring: z.looseObject(
          Object.fromEntries(parameters.map((name) => [name, z.string().optional()])),
        ),
        response: { 200: answer },
      },
    },
    async (request) => {
      const query = readQuery(request.query, parameters);
      const { number, key } = findSeries(reader, query);
      const range = readDayRange(query, reader.today());
      const limit = readLimit(query);
      const cursor = readCursor(query);
      const freshness = await reader.freshness();
      const { changes, olderThan } = await readSeriesChanges(
        reader.pool,
        reader.seriesIds[number] ?? -1,
        cursor?.hour ?? null,
        maxRows,
      );
      const found = restatementsOf(changes, reader.calendar, range);
      const skipped = cursor?.skip ?? 0;
      const page = found.slice(skipped, skipped + limit);
      const last = page.at(-1);
      // The next page begins within an hour as a rule: after the items of that hour that were on this one.
      const nextCursor =
        skipped + limit < found.length && last !== undefined
          ? { hour: last.hour, skip: skipOf(found, last) }
          : olderThan === null
            ? null
            : { hour: olderThan - 1, skip: 0 };
      const reasons = await readReasons(reader.pool, reader.generation, [
        ...new Set(page.map(({ hour }) => hour)),
      ]);
      return {
        items: page.map(({ from, to, change, cause, hour }) => ({
          ...key,
          from: formatDay(from),
          to: formatDay(to),
          change,
          cause,
          hour: new Date(hour).toISOString(),
          reasons: reasons.get(`${hour} ${cause}`) ?? [],
        })),
        nextCursor: nextCursor === null ? null : `${nextCursor.hour}.${nextCursor.skip}`,
        freshness,
      };
    },
  );
}

/** How many items of its hour come up to and with this one. */
function skipOf(found: readonly Restatement[], last: Restatement): number {
  const first = found.findIndex(({ hour }) => hour === last.hour);
  return found.indexOf(last) - first + 1;
}

function findSeries(reader: FigureReader, query: Query): { number: number; key: SeriesKey } {
  const given = dimensions.filter((name) => query[name] !== undefined);
  const number = reader.catalog.keys.findIndex((key) => {
    const own = key.dimensions as Record<string, string | number>;
    return (
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
        'figure=active or retained with activity and window; first with activity; occupancy with stage and relationship',
    });
  }
  return { number, key };
}

function readLimit(query: Query): number {
  const text = query['limit'] ?? String(maxItems);
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxItems) {
    throw new AppError('invalid_parameter', 'limit is out of range', {
      field: 'limit',
      expected: '1 to 100',
    });
  }
  return limit;
}

function readCursor(query: Query): { hour: number; skip: number } | null {
  const text = query['cursor'];
  if (text === undefined) return null;
  const match = /^(\d{1,14})\.(\d{1,7})$/.exec(text);
  if (match === null) {
    throw new AppError('invalid_parameter', 'cursor must be the nextCursor of an answer', {
      field: 'cursor',
    });
  }
  return { hour: Number(match[1]), skip: Number(match[2]) };
}
