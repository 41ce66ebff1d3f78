/** A page of the profiles behind a figure on a day, and what the figure is. */
import { AppError, relationships, type Relationship } from '@throughline/contracts';
import { formatDay } from '../core/calendar.ts';
import { growthFigures, type GrowthFigure } from '../core/explained-figure.ts';
import { lapsedStage } from '../core/series.ts';
import { findGrowthProfiles } from '../db/find-growth-profiles.ts';
import { findSalesProfiles, type SalesProfile } from '../db/find-sales-profiles.ts';
import { findStageProfiles, type StageRules } from '../db/find-stage-profiles.ts';
import type { CsvRow } from './csv.ts';
import {
  formatGrowthCursor,
  formatSalesCursor,
  formatStageCursor,
  parseGrowthCursor,
  parseSalesCursor,
  parseStageCursor,
} from './explain-cursor.ts';
import type { FigureReader } from './figure-reader.ts';
import { readActivity, readWindow, type Query } from './query.ts';

/** What is asked about, once it is read. */
export type ExplainedFigure =
  | { of: 'growth'; figure: GrowthFigure; window: number; activity: { id: number; activity: string } }
  | { of: 'stages'; stage: string; relationship: Relationship | null }
  | { of: 'sales' };

export interface ExplainedPage {
  items: CsvRow[];
  nextCursor: string | null;
}

/** Routes whose numbers have a name of their own. */
const names: Readonly<Record<string, GrowthFigure>> = {
  growth: 'active',
  churn: 'churned',
  retention: 'retained',
};
export const explainedFigures = [...growthFigures, ...Object.keys(names), 'stages', 'sales'] as const;

export const explainedColumns: Readonly<Record<ExplainedFigure['of'], readonly string[]>> = {
  growth: ['profile', 'lastActive', 'activeBefore'],
  stages: ['profile', 'stage', 'relationship', 'since', 'lastEngaged'],
  sales: [
    'profile',
    'identifier',
    'currency',
    'transactions',
    'refundTransactions',
    'units',
    'revenue',
    'refunds',
    'net',
    'tax',
    'discount',
    'cost',
  ],
};

/** @throws AppError invalid_parameter, unconfigured_window, unknown_activity */
export function readExplained(reader: FigureReader, query: Query): ExplainedFigure {
  const { catalog } = reader;
  const asked = query['figure'] ?? '';
  const figure = names[asked] ?? growthFigures.find((name) => name === asked);
  const own =
    figure !== undefined ? ['window', 'activity'] : asked === 'stages' ? ['stage', 'relationship'] : [];
  const foreign = ['window', 'activity', 'stage', 'relationship'].find(
    (name) => query[name] !== undefined && !own.includes(name),
  );
  if (foreign !== undefined) refuse(foreign, `${foreign} is not a dimension of this figure`, own.join(', '));
  if (figure !== undefined) {
    const window = readWindow(query, catalog.settings.windows);
    return { of: 'growth', figure, window, activity: readActivity(query, catalog.activities) };
  }
  if (asked === 'sales') return { of: 'sales' };
  if (asked !== 'stages') refuse('figure', 'figure is none that is explained', explainedFigures.join(', '));
  const stages = [...catalog.occupancy.keys()];
  const stage = stages.find((name) => name === query['stage']);
  if (stage === undefined)
    refuse('stage', 'stage is required: one of the journey map, or lapsed', stages.join(', '));
  const relationship = relationships.find((name) => name === query['relationship']) ?? null;
  if (relationship === null && query['relationship'] !== undefined)
    refuse('relationship', 'relationship is none that there is', relationships.join(', '));
  return { of: 'stages', stage, relationship };
}

function refuse(field: string, message: string, expected: string): never {
  throw new AppError('invalid_parameter', message, { field, expected });
}

export interface PageAsked {
  day: number;
  limit: number;
  cursor: string | undefined;
}

export async function readExplainedPage(
  reader: FigureReader,
  explained: ExplainedFigure,
  asked: PageAsked,
): Promise<ExplainedPage> {
  switch (explained.of) {
    case 'growth':
      return await readGrowthPage(reader, explained, asked);
    case 'stages':
      return await readStagePage(reader, explained, asked);
    case 'sales':
      return await readSalesPage(reader, asked);
  }
}

async function readGrowthPage(
  reader: FigureReader,
  { figure, window, activity }: Extract<ExplainedFigure, { of: 'growth' }>,
  { day, limit, cursor }: PageAsked,
): Promise<ExplainedPage> {
  const { pool, generation } = reader;
  const after = cursor === undefined ? null : parseGrowthCursor(cursor);
  const found = await findGrowthProfiles(pool, generation, {
    figure,
    activity: activity.id,
    window,
    day,
    limit,
    after,
  });
  return {
    items: found.profiles.map(({ profile, last, before }) => ({
      profile,
      lastActive: formatOptional(last),
      activeBefore: formatOptional(before),
    })),
    nextCursor: found.next === null ? null : formatGrowthCursor(found.next),
  };
}

export function stageRules({ catalog }: FigureReader, day: number): StageRules {
  const { purchase, engagement, settings } = catalog;
  return { day, purchase, engagement, lapseDays: settings.journeyMap.lapseDays, lapsedStage };
}

async function readStagePage(
  reader: FigureReader,
  { stage, relationship }: Extract<ExplainedFigure, { of: 'stages' }>,
  { day, limit, cursor }: PageAsked,
): Promise<ExplainedPage> {
  const { pool, generation } = reader;
  const found = await findStageProfiles(pool, generation, {
    ...stageRules(reader, day),
    stage,
    relationship,
    limit,
    after: cursor === undefined ? null : parseStageCursor(cursor),
  });
  return {
    items: found.profiles.map(({ engaged, since, ...profile }) => ({
      ...profile,
      since: formatDay(since),
      lastEngaged: formatOptional(engaged),
    })),
    nextCursor: found.next === null ? null : formatStageCursor(found.next),
  };
}

async function readSalesPage(
  { pool, generation, catalog }: FigureReader,
  { day, limit, cursor }: PageAsked,
): Promise<ExplainedPage> {
  const found = await findSalesProfiles(pool, generation, {
    activity: catalog.purchase,
    day,
    limit: limit + 1,
    after: cursor === undefined ? null : parseSalesCursor(cursor),
  });
  const page = found.slice(0, limit);
  const end = page.at(-1);
  return {
    items: page.map(presentSales),
    nextCursor: found.length > limit && end !== undefined ? formatSalesCursor(end) : null,
  };
}

export function presentSales({ sales, refunds, refunded, units, currency, ...sums }: SalesProfile): CsvRow {
  return {
    ...sums,
    currency: currency === '' ? null : currency,
    transactions: sales,
    refundTransactions: refunds,
    units: units / 1_000,
    refunds: refunded,
    net: sums.revenue + refunded,
  };
}

function formatOptional(day: number | null): string | null {
  return day === null ? null : formatDay(day);
}
