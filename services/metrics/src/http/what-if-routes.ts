/** What key figures would be if memberships were others. Nothing is written. */
import {
  type KeyFigures,
  type WhatIfAnswer,
  type WhatIfQuestion,
  whatIfAnswerSchema,
  whatIfQuestionSchema,
} from '@throughline/contracts';
import { problemAnswers, type HttpApp, type ServiceHttp } from '@throughline/runtime';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import type { Delta } from '../core/delta.ts';
import { createSeriesValue, growthOn, type GrowthSeries } from '../core/growth.ts';
import { readSeries, type SeriesChange } from '../db/read-series.ts';
import type { FigureReader } from './figure-reader.ts';

/** Computes the differences without writing them. */
export type ComputeWhatIf = (question: WhatIfQuestion) => Promise<Delta[]>;

const exampleIdentifier = '0f8fad5b-d9cb-869f-a165-70867728950e';

export function addWhatIfRoutes(
  app: HttpApp,
  { reader, computeWhatIf }: { reader: FigureReader; computeWhatIf: ComputeWhatIf },
  requireKey: ServiceHttp['requireKey'],
): void {
  app.post(
    '/v1/metrics/what-if',
    {
      onRequest: requireKey('admin'),
      schema: {
        operationId: 'askWhatIf',
        tags: ['figures'],
        summary: 'What key figures would be if memberships were others',
        description:
          'Needs an admin key. For the dry run of decisions of identity: growth by window and activity, of the running day and ' +
          'the last closed one, before and after. Nothing is written.',
        querystring: z.strictObject({}),
        body: whatIfQuestionSchema.meta({
          examples: [
            {
              cause: 'merge',
              memberships: [
                {
                  identifier: exampleIdentifier,
                  version: 1,
                  root: exampleIdentifier,
                  profile: exampleIdentifier,
                  identifying: true,
                  type: 'user_id',
                },
              ],
            },
          ],
        }),
        response: {
          200: whatIfAnswerSchema,
          ...problemAnswers(
            'invalid_parameter',
            'malformed_json',
            'empty_body',
            'request_timeout',
            'payload_too_large',
            'unsupported_media_type',
          ),
        },
      },
    },
    async ({ body }) => await answerWhatIf(reader, await computeWhatIf(body)),
  );
}

async function answerWhatIf(reader: FigureReader, deltas: readonly Delta[]): Promise<WhatIfAnswer> {
  const { catalog, calendar, seriesIds, pool } = reader;
  const today = reader.today();
  const days = [calendar.lastClosedDay(reader.now()), today];
  const numbers = catalog.activities.flatMap(({ first, windows }) => [
    first,
    ...windows.flatMap(({ active, retained }) => [active, retained]),
  ]);
  const longest = Math.max(...catalog.settings.windows);
  const [closed = today] = days;
  const stored = await readSeries(
    pool,
    numbers.map((number) => seriesIds[number] ?? -1),
    { from: closed - longest, to: today },
  );
  const changesOf = (number: number): SeriesChange[] =>
    stored.filter(({ series }) => series === seriesIds[number]);
  const differencesOf = (number: number): SeriesChange[] =>
    deltas
      .filter(({ series }) => series === number)
      .flatMap((delta) =>
        delta.days.map((day, index) => ({ series: number, day, amount: delta.amounts[index] ?? 0 })),
      );
  const before = (number: number) => createSeriesValue(changesOf(number));
  const after = (number: number) =>
    createSeriesValue(
      [...changesOf(number), ...differencesOf(number)].toSorted((left, right) => left.day - right.day),
    );
  const figuresOn = (day: number) =>
    catalog.activities.flatMap(({ activity, first, windows }) =>
      windows.flatMap(({ window, active, retained }) => {
        if ([first, active, retained].every((number) => differencesOf(number).length === 0)) return [];
        const seriesOf = (valueOf: typeof before): GrowthSeries => ({
          first: valueOf(first),
          active: valueOf(active),
          retained: valueOf(retained),
        });
        const figures = {
          before: keyFigures(day, window, seriesOf(before)),
          after: keyFigures(day, window, seriesOf(after)),
        };
        return [{ activity, window, ...figures }];
      }),
    );
  return {
    days: [...new Set(days)].map((day) => ({
      day: formatDay(day),
      partial: day >= today,
      figures: figuresOn(day).filter(({ before: one, after: other }) => !isSame(one, other)),
    })),
  };
}

function keyFigures(day: number, window: number, series: GrowthSeries): KeyFigures {
  const { customersAtStart, active, retained, churned, reactivated, retention, churn, ...rest } = growthOn(
    day,
    window,
    series,
  );
  return { customersAtStart, active, retained, churned, new: rest.new, reactivated, retention, churn };
}

function isSame(one: KeyFigures, other: KeyFigures): boolean {
  return (Object.keys(one) as (keyof KeyFigures)[]).every((name) => one[name] === other[name]);
}
