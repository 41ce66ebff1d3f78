/**
 * What an answer of figures by day is about: the figures now, or with `asOf` as they stood at a moment. A moment can be asked
 * for once it is decided which changes are before it, and is answered the same from then on; `self` is such a question.
 */
import { AppError, instantExpectation, parseInstant } from '@throughline/contracts';
import { z } from 'zod';
import type { AsOf } from '../core/as-of.ts';
import { formatDay } from '../core/calendar.ts';
import { findAsOf, findAsOfBounds } from '../db/find-as-of.ts';
import type { FigureReader } from './figure-reader.ts';
import type { Freshness } from './freshness.ts';
import type { DayRange, Query } from './query.ts';

export interface FigureView {
  /** Null for the figures now. */
  asOf: AsOf | null;
  /** The running day at that moment. */
  today: number;
  freshness: Freshness;
  /**
   * The members with which every answer says what it is about.
   *
   * @param range null where no days are asked for
   * @param isNow of a figure that cannot be asked for as of a moment: its link is one to the figure now
   */
  head: (path: string, range: DayRange | null, isNow?: boolean) => { asOf: string | null; self: string };
}

export const asOfParameter = {
  asOf: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({
      description:
        'A moment: the figures as they stood then, to a quarter of an hour. The same answer whenever it is asked. The running ' +
        'quarter of an hour is not decided yet.',
    }),
};

export const viewSchema = {
  asOf: z.string().nullable().describe('The moment that was asked for; null for the figures now.'),
  self: z
    .string()
    .describe('A permanent link: the figures as they stood last, with the same answer for ever.'),
};

/** To be called before figures are read, so that the freshness claims no more than they hold. @throws AppError */
export async function openView(reader: FigureReader, query: Query): Promise<FigureView> {
  const moment = readMoment(query, 'asOf');
  const head =
    (at: number | null): FigureView['head'] =>
    (path, range, isNow = false) => ({
      asOf: moment === null ? null : new Date(moment).toISOString(),
      self: permanentLink(path, query, range, isNow ? null : at),
    });
  if (moment === null) {
    const [freshness, bounds] = await Promise.all([
      reader.freshness(),
      findAsOfBounds(reader.pool, reader.generation),
    ]);
    return { asOf: null, today: reader.today(), freshness, head: head(bounds?.latest.beganAt ?? null) };
  }
  const asOf = await resolveAsOf(reader, moment, 'asOf');
  const { processedThrough } = asOf;
  const freshness = {
    processedThrough: processedThrough === null ? null : new Date(processedThrough).toISOString(),
    pendingRecords: null,
  };
  return { asOf, today: reader.calendar.dayOf(moment), freshness, head: head(moment) };
}

/** Null where it is not asked for. @throws AppError invalid_parameter */
export function readMoment(query: Query, name: string): number | null {
  const text = query[name];
  if (text === undefined) return null;
  // A plus that was not encoded arrives as a space.
  const moment = parseInstant(text.replace(/ (\d\d:?\d\d)$/, '+$1'));
  if (moment !== null) return moment;
  throw new AppError('invalid_parameter', `${name} must be a real instant`, {
    field: name,
    expected: instantExpectation,
  });
}

/** @throws AppError as_of_out_of_range before the first figures, and after what is decided */
export async function resolveAsOf(
  reader: Pick<FigureReader, 'pool' | 'generation'>,
  moment: number,
  field: string,
): Promise<AsOf> {
  const { pool, generation } = reader;
  const bounds = await findAsOfBounds(pool, generation);
  const found =
    bounds !== null && moment <= bounds.latest.beganAt ? await findAsOf(pool, generation, moment) : null;
  if (found !== null) return found;
  const [earliest, latest] = [bounds?.earliest, bounds?.latest].map((bound) =>
    bound === undefined ? null : new Date(bound.beganAt).toISOString(),
  );
  throw new AppError('as_of_out_of_range', `${field} is from ${earliest} to ${latest}`, {
    field,
    expected: `from ${earliest} to ${latest}`,
    earliest,
    latest,
  });
}

/** The same question with its days and its moment written out. */
function permanentLink(path: string, query: Query, range: DayRange | null, at: number | null): string {
  const { format: _format, ...asked } = query;
  const parameters = new URLSearchParams({
    ...asked,
    ...(range === null ? {} : { from: formatDay(range.from), to: formatDay(range.to) }),
    ...(at === null ? {} : { asOf: new Date(at).toISOString() }),
  });
  return `/v1/metrics/${path}?${parameters.toString()}`;
}
