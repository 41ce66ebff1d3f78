/**
 * Restatements of a series over the generations of figures that were in use: those within each, and between two of them by how much
 * the rebuild changed the days that were closed. So together they are the difference of the figures at any two moments.
 */
import { invalidCursor } from '@throughline/runtime';
import type { Pool } from 'pg';
import { changedSettings } from '../core/generation-settings.ts';
import { rebuildChanges } from '../core/rebuild-changes.ts';
import type { SeriesKey } from '../core/series.ts';
import { findSeries } from '../db/ensure-series.ts';
import { findQuarter, type FigureTerm } from '../db/find-terms.ts';
import { loadGeneration } from '../db/load-generation.ts';
import { readCell } from '../db/read-cell.ts';
import { readRestatements, type Restatement } from '../db/read-restatements.ts';
import { readSeries } from '../db/read-series.ts';
import type { GenerationPosition } from './restatement-cursor.ts';
import { isOpenFigure } from './open-series-key.ts';

export interface RestatementsAsked {
  key: SeriesKey;
  /** Of a series of cohorts; 0 for none. */
  cell: number;
  /** Both included. */
  from: number;
  to: number;
  limit: number;
  after: GenerationPosition | null;
  /** Those of these generations, from an epoch of the first one on and before one of the last; null for no such bound. */
  terms: readonly FigureTerm[];
  since: number | null;
  before: number | null;
}

export type ShownRestatement = Pick<Restatement, 'quarter' | 'cause' | 'from' | 'to' | 'change' | 'reasons'>;

export interface RestatementsFound {
  items: ShownRestatement[];
  next: GenerationPosition | null;
}

/**
 * Newest first.
 * @throws AppError invalid_parameter where the cursor names figures that were never in use
 */
export async function readRestatementPage(pool: Pool, asked: RestatementsAsked): Promise<RestatementsFound> {
  const items: ShownRestatement[] = [];
  const { terms, after, limit } = asked;
  const begin =
    after === null ? terms.length - 1 : terms.findIndex(({ generation }) => generation === after.generation);
  if (after !== null && begin === -1) throw invalidCursor();
  for (let place = begin; place >= 0; place--) {
    const { generation } = terms[place] as FigureTerm;
    const own = after?.generation === generation ? after : null;
    if (own === null || !('rebuilt' in own)) {
      const left = limit - items.length;
      if (left === 0) return { items, next: { generation, epoch: null } };
      const page = await readTerm(pool, asked, { place, left, after: own });
      items.push(...page.items);
      if (page.next !== null) return { items, next: page.next };
    }
    if (place === 0) continue;
    const position = own !== null && 'rebuilt' in own ? own.rebuilt : Number.NEGATIVE_INFINITY;
    const changes = await readRebuild(pool, asked, place);
    const rest = changes.filter(({ from }) => from > position);
    const shown = rest.slice(0, limit - items.length);
    items.push(...shown);
    if (shown.length < rest.length) {
      const rebuilt = shown.at(-1)?.from ?? (rest[0]?.from ?? 0) - 1;
      return { items, next: { generation, rebuilt } };
    }
  }
  return { items, next: null };
}

async function readTerm(
  pool: Pool,
  { key, cell, from, to, terms, since, before }: RestatementsAsked,
  { place, left, after }: { place: number; left: number; after: GenerationPosition | null },
): Promise<RestatementsFound> {
  const term = terms[place] as FigureTerm;
  const { generation } = term;
  const [series] = await findSeries(pool, generation, [key]);
  const position = after === null || !('epoch' in after) || after.epoch === null ? null : after;
  const { restatements, next } = await readRestatements(pool, {
    series: series ?? -1,
    cell,
    from,
    to,
    limit: left,
    after: position,
    epochs: {
      from: place === 0 ? (since ?? term.first.epoch) : term.first.epoch,
      before: place === terms.length - 1 ? before : (term.last?.epoch ?? null),
    },
  });
  return { items: restatements, next: next === null ? null : { generation, ...next } };
}

/** Between the generation and the one before it. None where one of them does not keep the series. */
async function readRebuild(pool: Pool, asked: RestatementsAsked, place: number): Promise<ShownRestatement[]> {
  const { key, cell, from, to, terms } = asked;
  const [before, after] = [terms[place - 1]?.last ?? null, terms[place]?.first ?? null];
  if (before === null || after === null) return [];
  const settings = await Promise.all(
    [before, after].map(({ generation }) => loadGeneration(pool, generation)),
  );
  const [old, made] = settings.map((one) => one?.settings);
  if (old === undefined || made === undefined) return [];
  const last = Math.min(to, before.closedThrough, after.closedThrough);
  if (from > last) return [];
  const range = { from, to: last };
  const sides = [];
  for (const side of [before, after]) {
    const [series] = await findSeries(pool, side.generation, [key]);
    if (series === undefined || series === null) {
      if (!isOpenFigure(key, side === before ? old : made)) return [];
      sides.push([]);
    } else if (cell === 0) {
      sides.push(await readSeries(pool, [series], range, side));
    } else {
      sides.push(await readCell(pool, { series, cell, epoch: side.epoch }, range));
    }
  }
  const quarter = await findQuarter(pool, after);
  const reasons = changedSettings(old, made);
  return rebuildChanges(sides[0] ?? [], sides[1] ?? [], last).map((span) => {
    return { ...span, quarter, cause: 'rebuild', reasons };
  });
}
