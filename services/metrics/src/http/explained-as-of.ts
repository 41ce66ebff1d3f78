/**
 * The profiles behind a figure as it stood: those behind it now, without those that have come since, and those that have gone. Of a day
 * that was closed at the moment every change since is kept, profile by profile; so they are as many as the figure said.
 */
import { AppError, relationships } from '@throughline/contracts';
import { readCursor, writeCursor } from '@throughline/runtime';
import type { AsOf } from '../core/as-of.ts';
import { formatDay } from '../core/calendar.ts';
import type { GrowthFigure } from '../core/explained-figure.ts';
import { followShares, type FollowedShare } from '../core/shares-as-of.ts';
import { isNameless } from '../db/forget-shares.ts';
import { findSalesProfilesAsOf } from '../db/find-sales-profiles-as-of.ts';
import { findTerms } from '../db/generations.ts';
import { maxShareChanges, readShareChanges } from '../db/read-share-changes.ts';
import type { CsvRow } from './csv.ts';
import {
  presentSales,
  readExplainedPage,
  type ExplainedFigure,
  type ExplainedPage,
  type PageAsked,
} from './explained-profiles.ts';
import { formatSalesCursor, parseSalesCursor } from './explain-cursor.ts';
import type { FigureReader } from './figure-reader.ts';

/** By which sums of series, up to the day or up to the one a window before, a figure of growth is counted. */
const weights: Readonly<
  Record<GrowthFigure, { active?: number; start?: number; retained?: number; fresh?: number }>
> = {
  active: { active: 1 },
  customersAtStart: { start: 1 },
  retained: { retained: 1 },
  churned: { start: 1, retained: -1 },
  new: { fresh: 1 },
  reactivated: { active: 1, retained: -1, fresh: -1 },
};

export interface PageAskedAsOf extends PageAsked {
  asOf: AsOf;
}

type SharedFigure = Exclude<ExplainedFigure, { of: 'sales' }>;

/** @throws AppError where too much has changed since */
export async function readExplainedAsOf(
  reader: FigureReader,
  explained: ExplainedFigure,
  asked: PageAskedAsOf,
): Promise<ExplainedPage> {
  return explained.of === 'sales'
    ? await readSalesAsOf(reader, asked)
    : await readSharesAsOf(reader, explained, asked);
}

/** Those that have gone come first. */
async function readSharesAsOf(
  reader: FigureReader,
  explained: SharedFigure,
  asked: PageAskedAsOf,
): Promise<ExplainedPage> {
  const followed = await readFollowed(reader, explained, asked);
  const gone = followed
    .filter(({ change }) => change < 0)
    .map(({ before }) => before)
    .toSorted();
  const byId = new Map(followed.map((one) => [one.after, one]));
  const { limit } = asked;
  const { part, position } = readPosition(asked.cursor);
  const shownGone = part === 'gone' ? gone.filter((id) => id > position).slice(0, limit) : [];
  const lastGone = shownGone.at(-1);
  if (lastGone !== undefined && lastGone !== gone.at(-1))
    return { items: shownGone.map(goneItem), nextCursor: writeCursor('gone', lastGone) };
  const open = limit - shownGone.length;
  if (open === 0) return { items: shownGone.map(goneItem), nextCursor: writeCursor('now', '') };
  const cursor = part === 'now' && position !== '' ? position : undefined;
  const page = await readExplainedPage(reader, explained, { day: asked.day, limit: open, cursor });
  const items = page.items.flatMap(({ profile, ...item }): CsvRow[] => {
    const { before = profile, change = 0 } = byId.get(String(profile)) ?? {};
    return change > 0 ? [] : [{ profile: nameOf(String(before)), ...item }];
  });
  return {
    items: [...shownGone.map(goneItem), ...items],
    nextCursor: page.nextCursor === null ? null : writeCursor('now', page.nextCursor),
  };
}

async function readFollowed(
  { pool, generation, catalog, seriesIds }: FigureReader,
  explained: SharedFigure,
  { day, asOf }: { day: number; asOf: AsOf },
): Promise<FollowedShare[]> {
  const idOf = (number: number | undefined): number => seriesIds[number ?? -1] ?? -1;
  const weighed = new Map<number, (changed: number) => number>();
  if (explained.of === 'stages') {
    const numbers = catalog.occupancy.get(explained.stage) ?? [];
    numbers.forEach((number, place) => {
      const isAsked = explained.relationship === null || relationships[place] === explained.relationship;
      if (isAsked) weighed.set(idOf(number), (on) => Number(on <= day));
    });
  } else {
    const { figure, window, activity } = explained;
    const series = catalog.activities.find(({ id }) => id === activity.id);
    const windowed = series?.windows.find((one) => one.window === window);
    const { active = 0, start = 0, retained = 0, fresh = 0 } = weights[figure];
    weighed.set(
      idOf(windowed?.active),
      (on) => active * Number(on <= day) + start * Number(on <= day - window),
    );
    weighed.set(idOf(windowed?.retained), (on) => retained * Number(on <= day));
    weighed.set(idOf(series?.first), (on) => fresh * Number(on <= day && on > day - window));
  }
  const changes = await readShareChanges(pool, generation, {
    epoch: asOf.epoch,
    series: [...weighed.keys()],
  });
  if (changes === null) {
    throw new AppError('range_too_long', 'too much has changed since: ask as of a later moment', {
      field: 'asOf',
      expected: `at most ${maxShareChanges} changes of closed days since`,
    });
  }
  return followShares(changes, (series, on) => weighed.get(series)?.(on) ?? 0);
}

async function readSalesAsOf(
  { pool, catalog }: FigureReader,
  { day, limit, cursor, asOf }: PageAskedAsOf,
): Promise<ExplainedPage> {
  const after = cursor === undefined ? null : parseSalesCursor(cursor);
  const asked = { activity: catalog.purchase, day, limit, after };
  const { profiles, next } = await findSalesProfilesAsOf(pool, asOf, asked);
  const items = profiles
    .map(presentSales)
    .map((item) =>
      isNameless(String(item['identifier'])) ? { ...item, profile: null, identifier: null } : item,
    );
  return { items, nextCursor: next === null ? null : formatSalesCursor(next) };
}

/** Null of one that was erased. */
function nameOf(profile: string): string | null {
  return isNameless(profile) ? null : profile;
}

/** Its days were others then: what is kept is that it was behind the figure. */
function goneItem(profile: string): CsvRow {
  return { profile: nameOf(profile) };
}

type Position = { part: 'gone' | 'now'; position: string };

/** @throws AppError invalid_parameter for what was not written as a cursor */
function readPosition(cursor: string | undefined): Position {
  if (cursor === undefined) return { part: 'gone', position: '' };
  return readCursor(cursor, ([part = '', position = '', ...more]): Position | null =>
    (part === 'gone' || part === 'now') && more.length === 0 ? { part, position } : null,
  );
}

/** @throws AppError as_of_out_of_range, invalid_parameter where the profiles of then are not known */
export async function requireExplained(reader: FigureReader, asOf: AsOf, day: number): Promise<void> {
  const current = (await findTerms(reader.pool)).at(-1);
  if (current !== undefined && current.id !== reader.generation) {
    const earliest = new Date(current.from).toISOString();
    throw new AppError(
      'as_of_out_of_range',
      `the figures were rebuilt at ${earliest}: which profiles were behind earlier ones is not kept`,
      { field: 'asOf', expected: `from ${earliest}`, earliest },
    );
  }
  if (day <= asOf.closedThrough) return;
  throw new AppError('invalid_parameter', 'the day was not closed at the moment of asOf', {
    field: 'day',
    expected: `a day up to ${formatDay(asOf.closedThrough)}`,
  });
}
