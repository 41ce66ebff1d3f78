/** The typed view of the migrated tables; a test compares the two. Hot statements are SQL, in files of their own. */
import { trustLevels } from '@throughline/contracts';
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { FigureDifference } from './verification/compare-figures.ts';

export const metricsSchema = pgSchema('metrics');

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const int8 = (name: string) => bigint(name, { mode: 'number' });
const int4multirange = customType<{ data: string }>({ dataType: () => 'int4multirange' });

export const generation = metricsSchema.table('generation', {
  id: smallint('id').primaryKey(),
  pinned: jsonb('pinned').notNull(),
  state: text('state').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export const identifier = metricsSchema.table(
  'identifier',
  {
    generation: smallint('generation').notNull(),
    id: uuid('id').notNull(),
    version: int8('version').notNull(),
    root: uuid('root').notNull(),
    profile: uuid('profile').notNull(),
    attachedIdentifying: integer('attached_identifying').notNull().default(0),
    identifying: boolean('identifying').notNull(),
    hasOwn: boolean('has_own').notNull().default(false),
    hasAttached: boolean('has_attached').notNull().default(false),
    ambiguous: text('ambiguous', { enum: trustLevels }),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.generation] }),
    index('identifier_by_profile').on(table.profile, table.generation),
  ],
);

export const fact = metricsSchema.table(
  'fact',
  {
    generation: smallint('generation').notNull(),
    key: uuid('key').notNull(),
    identifier: uuid('identifier').notNull(),
    transaction: uuid('transaction'),
    assignmentVersion: int8('assignment_version').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    receivedAt: instant('received_at').notNull(),
    rankedAt: instant('ranked_at').notNull(),
    amount: int8('amount'),
    sentiment: doublePrecision('sentiment'),
    day: integer('day').notNull(),
    type: text('type').notNull(),
    name: text('name'),
    source: text('source').notNull(),
    touchpointId: text('touchpoint_id').notNull(),
    channel: text('channel'),
    trust: text('trust').notNull(),
    role: text('role').notNull(),
    stage: text('stage'),
    currency: text('currency'),
    properties: text('properties'),
  },
  (table) => [
    primaryKey({ columns: [table.key, table.generation] }),
    index('fact_by_identifier').on(table.identifier, table.day, table.generation),
    index('fact_by_transaction').on(
      table.transaction,
      table.role,
      table.trust,
      table.rankedAt,
      table.source,
      table.touchpointId,
      table.generation,
    ),
  ],
);

export const activityDay = metricsSchema.table(
  'activity_day',
  {
    generation: smallint('generation').notNull(),
    isAttached: boolean('is_attached').notNull(),
    identifier: uuid('identifier').notNull(),
    day: integer('day').notNull(),
    count: integer('count').notNull(),
    activity: text('activity').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.identifier, table.isAttached, table.activity, table.day, table.generation],
    }),
  ],
);

export const stageDay = metricsSchema.table(
  'stage_day',
  {
    generation: smallint('generation').notNull(),
    identifier: uuid('identifier').notNull(),
    root: uuid('root').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    day: integer('day').notNull(),
    stage: text('stage').notNull(),
    source: text('source').notNull(),
    touchpointId: text('touchpoint_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.identifier, table.day, table.generation] }),
    index('stage_day_attached').on(
      table.root,
      table.day,
      table.occurredAt,
      table.source,
      table.touchpointId,
      table.generation,
    ),
  ],
);

export const transaction = metricsSchema.table(
  'transaction',
  {
    generation: smallint('generation').notNull(),
    id: uuid('id').notNull(),
    key: uuid('key').notNull(),
    identifier: uuid('identifier').notNull(),
    day: integer('day').notNull(),
    activity: text('activity').notNull(),
  },
  (table) => [primaryKey({ columns: [table.id, table.activity, table.key, table.generation] })],
);

export const ambiguousTransaction = metricsSchema.table(
  'ambiguous_transaction',
  {
    generation: smallint('generation').notNull(),
    id: uuid('id').notNull(),
    root: uuid('root').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.root, table.id, table.generation] }),
    index('ambiguous_transaction_by_id').on(table.id, table.generation),
  ],
);

export const series = metricsSchema.table(
  'series',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    generation: smallint('generation').notNull(),
    figure: text('figure').notNull(),
    dimensions: jsonb('dimensions').notNull(),
  },
  (table) => [unique().on(table.generation, table.figure, table.dimensions)],
);

export const epoch = metricsSchema.table(
  'epoch',
  {
    generation: smallint('generation').notNull(),
    number: int8('number').notNull(),
    beganAt: instant('began_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    quarter: instant('quarter').notNull(),
    closedThrough: integer('closed_through').notNull(),
  },
  (table) => [primaryKey({ columns: [table.generation, table.number] })],
);

export const delta = metricsSchema.table(
  'delta',
  {
    id: int8('id').primaryKey().generatedAlwaysAsIdentity(),
    generation: smallint('generation').notNull(),
    series: integer('series').notNull(),
    cause: text('cause').notNull(),
    reason: text('reason'),
    partition: integer('partition').notNull(),
    epoch: int8('epoch').notNull(),
    writtenAt: instant('written_at').notNull(),
    days: integer('days').array().notNull(),
    amounts: int8('amounts').array().notNull(),
  },
  (table) => [
    index('delta_by_series').on(table.series),
    index('delta_by_epoch').on(table.generation, table.epoch),
  ],
);

export const figureDay = metricsSchema.table(
  'figure_day',
  {
    series: integer('series').notNull(),
    day: integer('day').notNull(),
    amount: int8('amount').notNull(),
  },
  (table) => [primaryKey({ columns: [table.series, table.day] })],
);

export const figureBlock = metricsSchema.table(
  'figure_block',
  {
    series: integer('series').notNull(),
    block: integer('block').notNull(),
    amount: int8('amount').notNull(),
  },
  (table) => [primaryKey({ columns: [table.series, table.block] })],
);

export const figureChange = metricsSchema.table(
  'figure_change',
  {
    series: integer('series').notNull(),
    quarter: instant('quarter').notNull(),
    closedThrough: integer('closed_through').notNull(),
    cause: text('cause').notNull(),
    day: integer('day').notNull(),
    amount: int8('amount').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.series, table.quarter, table.cause, table.closedThrough, table.day] }),
    index('figure_change_of_closed_days').on(table.series, table.quarter),
  ],
);

export const changeReason = metricsSchema.table(
  'change_reason',
  {
    series: integer('series').notNull(),
    quarter: instant('quarter').notNull(),
    closedThrough: integer('closed_through').notNull(),
    cause: text('cause').notNull(),
    reason: text('reason').notNull(),
    days: int4multirange('days').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.series, table.quarter, table.cause, table.closedThrough, table.reason] }),
  ],
);

export const closedFigure = metricsSchema.table(
  'closed_figure',
  {
    series: integer('series').notNull(),
    day: integer('day').notNull(),
    amount: int8('amount').notNull(),
  },
  (table) => [primaryKey({ columns: [table.series, table.day] })],
);

export const progress = metricsSchema.table(
  'progress',
  {
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    processedThrough: instant('processed_through').notNull(),
  },
  (table) => [primaryKey({ columns: [table.topic, table.partition] })],
);

export const verification = metricsSchema.table('verification', {
  id: uuid('id').primaryKey(),
  generation: smallint('generation').notNull(),
  state: text('state', { enum: ['running', 'done', 'failed'] }).notNull(),
  startedAt: instant('started_at').notNull().defaultNow(),
  finishedAt: instant('finished_at'),
  checked: int8('checked'),
  differenceCount: int8('difference_count'),
  differences: jsonb('differences').$type<FigureDifference[]>(),
  message: text('message'),
});
