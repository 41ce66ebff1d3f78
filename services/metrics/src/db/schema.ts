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
import type { JourneyContent } from '../core/journey-state.ts';
import type { Valuation } from '../core/valuation.ts';
import { verificationSteps } from './verification/verification-scope.ts';
import type { FigureDifference } from './verification/compare-figures.ts';

export const metricsSchema = pgSchema('metrics');

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const int8 = (name: string) => bigint(name, { mode: 'number' });
const int4multirange = customType<{ data: string }>({ dataType: () => 'int4multirange' });

export const generation = metricsSchema.table('generation', {
  id: smallint('id').primaryKey(),
  state: text('state').notNull(),
  functionVersion: integer('function_version').notNull(),
  timeZone: text('time_zone').notNull(),
  weekStart: text('week_start').notNull(),
  windows: integer('windows').array().notNull(),
  cohorts: jsonb('cohorts').notNull(),
  groupings: jsonb('groupings').notNull().default([]),
  groupingsByOperator: boolean('groupings_by_operator').notNull().default(false),
  copiedThrough: uuid('copied_through'),
  filledThrough: uuid('filled_through'),
  factsFilled: int8('facts_filled').notNull().default(0),
  factsExpected: int8('facts_expected'),
  currentFrom: instant('current_from'),
  currentUntil: instant('current_until'),
  firstEpoch: int8('first_epoch').notNull().default(0),
  message: text('message'),
  prunedTable: integer('pruned_table').notNull().default(0),
  prunedBlock: integer('pruned_block').notNull().default(0),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export const definition = metricsSchema.table(
  'definition',
  {
    id: smallint('id').primaryKey().generatedAlwaysAsIdentity(),
    kind: text('kind').notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    content: jsonb('content').notNull(),
    byOperator: boolean('by_operator').notNull().default(false),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [unique().on(table.kind, table.name, table.version)],
);

export const generationDefinition = metricsSchema.table(
  'generation_definition',
  {
    generation: smallint('generation').notNull(),
    definition: smallint('definition').notNull(),
    state: text('state').notNull(),
  },
  (table) => [primaryKey({ columns: [table.generation, table.definition] })],
);

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
    index('identifier_by_root').on(table.root, table.generation),
  ],
);

export const fact = metricsSchema.table(
  'fact',
  {
    key: uuid('key').primaryKey(),
    identifier: uuid('identifier').notNull(),
    transaction: uuid('transaction'),
    amends: uuid('amends'),
    assignmentVersion: int8('assignment_version').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    receivedAt: instant('received_at').notNull(),
    amount: int8('amount'),
    tax: int8('tax'),
    discount: int8('discount'),
    cost: int8('cost'),
    units: int8('units'),
    sentiment: doublePrecision('sentiment'),
    byServer: boolean('by_server').notNull(),
    type: text('type').notNull(),
    role: text('role').notNull(),
    source: text('source').notNull(),
    touchpointId: text('touchpoint_id').notNull(),
    name: text('name'),
    channel: text('channel'),
    currency: text('currency'),
    store: text('store'),
    register: text('register'),
    properties: text('properties'),
    details: text('details'),
  },
  (table) => [
    index('fact_by_identifier').on(table.identifier, table.occurredAt),
    index('fact_by_transaction').on(table.transaction, table.role, table.byServer),
    index('fact_with_sentiment').on(table.occurredAt),
    index('fact_of_store').on(table.identifier, table.occurredAt),
    index('fact_by_amended').on(table.amends, table.role, table.byServer),
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
    activity: smallint('activity').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.identifier, table.isAttached, table.activity, table.day, table.generation],
    }),
    index('activity_day_by_day').on(table.activity, table.day, table.identifier, table.generation),
  ],
);

export const salesDay = metricsSchema.table(
  'sales_day',
  {
    generation: smallint('generation').notNull(),
    isAttached: boolean('is_attached').notNull(),
    activity: smallint('activity').notNull(),
    identifier: uuid('identifier').notNull(),
    day: integer('day').notNull(),
    sales: integer('sales').notNull(),
    refunds: integer('refunds').notNull(),
    units: int8('units').notNull(),
    revenue: int8('revenue').notNull(),
    refunded: int8('refunded').notNull(),
    tax: int8('tax').notNull(),
    discount: int8('discount').notNull(),
    cost: int8('cost').notNull(),
    currency: text('currency').notNull(),
  },
  (table) => {
    const { identifier: of, isAttached, activity, day, currency, generation: within } = table;
    return [
      primaryKey({ columns: [of, isAttached, activity, day, currency, within] }),
      index('sales_day_by_day').on(activity, day, of, currency, within),
    ];
  },
);

export const stageMark = metricsSchema.table(
  'stage_mark',
  {
    generation: smallint('generation').notNull(),
    identifier: uuid('identifier').notNull(),
    root: uuid('root').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    day: integer('day').notNull(),
    stage: text('stage').notNull(),
    channel: text('channel'),
    source: text('source').notNull(),
    touchpointId: text('touchpoint_id').notNull(),
  },
  (table) => {
    const { day, occurredAt, source, touchpointId, generation: of } = table;
    return [
      primaryKey({ columns: [table.identifier, day, occurredAt, source, touchpointId, of] }),
      index('stage_mark_attached').on(table.root, day, occurredAt, source, touchpointId, of),
      index('stage_mark_by_day').on(day, table.stage, table.channel, table.identifier, of),
    ];
  },
);

export const groupMark = metricsSchema.table(
  'group_mark',
  {
    generation: smallint('generation').notNull(),
    dimension: smallint('dimension').notNull(),
    identifier: uuid('identifier').notNull(),
    root: uuid('root').notNull(),
    occurredAt: instant('occurred_at').notNull(),
    byServer: boolean('by_server').notNull(),
    source: text('source').notNull(),
    touchpointId: text('touchpoint_id').notNull(),
    value: text('value').notNull(),
  },
  (table) => {
    const { dimension, byServer, occurredAt, source, touchpointId, generation: of } = table;
    const place = [dimension, byServer, occurredAt, source, touchpointId, of] as const;
    return [
      primaryKey({ columns: [table.identifier, ...place] }),
      index('group_mark_attached').on(table.root, ...place),
    ];
  },
);

export const groupDimension = metricsSchema.table(
  'group_dimension',
  {
    generation: smallint('generation').notNull(),
    dimension: smallint('dimension').notNull(),
    knownFrom: instant('known_from').notNull(),
  },
  (table) => [primaryKey({ columns: [table.generation, table.dimension] })],
);

export const transaction = metricsSchema.table(
  'transaction',
  {
    generation: smallint('generation').notNull(),
    id: uuid('id').notNull(),
    key: uuid('key').notNull(),
    identifier: uuid('identifier').notNull(),
    day: integer('day').notNull(),
    activity: smallint('activity').notNull(),
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
    processedThrough: instant('processed_through'),
  },
  (table) => [
    primaryKey({ columns: [table.generation, table.number] }),
    index('epoch_by_beginning').on(table.generation, table.beganAt),
    index('epoch_by_closed_day').on(table.generation, table.closedThrough, table.number),
  ],
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
    cells: smallint('cells').array(),
    amounts: int8('amounts').array().notNull(),
  },
  (table) => [
    index('delta_by_series').on(table.series),
    index('delta_by_epoch').on(table.generation, table.epoch),
  ],
);

export const shareChange = metricsSchema.table(
  'share_change',
  {
    generation: smallint('generation').notNull(),
    epoch: int8('epoch').notNull(),
    id: int8('id').generatedAlwaysAsIdentity(),
    profile: uuid('profile').notNull(),
    renamedTo: uuid('renamed_to'),
    series: integer('series').array().notNull(),
    days: integer('days').array().notNull(),
    amounts: integer('amounts').array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.generation, table.epoch, table.id] }),
    index('share_change_by_profile').on(table.profile),
    index('share_change_by_new_id').on(table.renamedTo),
  ],
);

export const salesChange = metricsSchema.table(
  'sales_change',
  {
    generation: smallint('generation').notNull(),
    day: integer('day').notNull(),
    epoch: int8('epoch').notNull(),
    id: int8('id').generatedAlwaysAsIdentity(),
    identifier: uuid('identifier').notNull(),
    sales: integer('sales').notNull(),
    refunds: integer('refunds').notNull(),
    units: int8('units').notNull(),
    revenue: int8('revenue').notNull(),
    refunded: int8('refunded').notNull(),
    tax: int8('tax').notNull(),
    discount: int8('discount').notNull(),
    cost: int8('cost').notNull(),
    currency: text('currency').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.generation, table.day, table.epoch, table.id] }),
    index('sales_change_by_identifier').on(table.identifier),
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
    day: integer('day').notNull(),
    epoch: int8('epoch').notNull(),
    amount: int8('amount').notNull(),
    closedThrough: integer('closed_through').notNull(),
    cause: text('cause').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.series, table.day, table.epoch, table.cause] }),
    index('figure_change_of_closed_days').on(table.series, table.epoch),
  ],
);

export const figureCohort = metricsSchema.table(
  'figure_cohort',
  {
    id: int8('id').notNull().generatedAlwaysAsIdentity(),
    series: integer('series').notNull(),
    block: integer('block').notNull(),
    epoch: int8('epoch').notNull(),
    closedThrough: integer('closed_through').notNull(),
    size: integer('size').notNull(),
    cause: text('cause').notNull(),
    days: integer('days').array().notNull(),
    cells: smallint('cells').array().notNull(),
    amounts: int8('amounts').array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.series, table.block, table.epoch, table.cause, table.id] }),
    index('figure_cohort_by_epoch').on(table.series, table.epoch),
  ],
);

export const erasure = metricsSchema.table('erasure', {
  id: uuid('id').primaryKey(),
  facts: integer('facts').notNull(),
  deadLetters: integer('dead_letters').notNull(),
  identifiers: integer('identifiers').notNull(),
});

export const changeReason = metricsSchema.table(
  'change_reason',
  {
    series: integer('series').notNull(),
    cell: smallint('cell').notNull(),
    epoch: int8('epoch').notNull(),
    cause: text('cause').notNull(),
    reason: text('reason').notNull(),
    days: int4multirange('days').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.series, table.cell, table.epoch, table.cause, table.reason] }),
    index('change_reason_by_reason').on(table.reason),
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

export const valuation = metricsSchema.table(
  'valuation',
  {
    generation: smallint('generation').notNull(),
    epoch: int8('epoch').notNull(),
    day: integer('day').notNull(),
    computedAt: instant('computed_at').notNull(),
    checkedAt: instant('checked_at').notNull(),
    positions: text('positions').notNull(),
    content: jsonb('content').$type<Valuation>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.generation, table.epoch] })],
);

export const classBound = metricsSchema.table(
  'class_bound',
  {
    generation: smallint('generation').notNull(),
    currency: text('currency').notNull(),
    class: text('class').notNull(),
    day: integer('day').notNull(),
    net: int8('net').notNull(),
    profile: uuid('profile'),
  },
  (table) => [primaryKey({ columns: [table.generation, table.currency, table.class] })],
);

export const journeyChange = metricsSchema.table('journey_change', {
  id: int8('id').primaryKey().generatedAlwaysAsIdentity(),
  profiles: uuid('profiles').array().notNull(),
  after: uuid('after'),
});

export const profileJourney = metricsSchema.table(
  'profile_journey',
  {
    profile: uuid('profile').primaryKey(),
    day: integer('day').notNull(),
    due: integer('due'),
    content: jsonb('content').$type<JourneyContent>().notNull(),
  },
  (table) => [index('profile_journey_by_due').on(table.due, table.profile)],
);

export const journeyHead = metricsSchema.table('journey_head', { version: int8('version').primaryKey() });

export const spend = metricsSchema.table(
  'spend',
  {
    day: integer('day').notNull(),
    channel: text('channel').notNull(),
    campaign: text('campaign').notNull(),
    currency: text('currency').notNull(),
    amount: int8('amount').notNull(),
    changedAt: instant('changed_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.channel, table.campaign] })],
);

export const endedSession = metricsSchema.table('ended_session', {
  id: uuid('id').primaryKey(),
  expiresAt: instant('expires_at').notNull(),
});

export const verification = metricsSchema.table('verification', {
  id: uuid('id').primaryKey(),
  generation: smallint('generation').notNull(),
  state: text('state', { enum: ['running', 'done', 'failed'] }).notNull(),
  fromDay: integer('from_day'),
  toDay: integer('to_day'),
  sample: doublePrecision('sample'),
  night: integer('night'),
  step: text('step', { enum: verificationSteps }),
  startedAt: instant('started_at').notNull().defaultNow(),
  finishedAt: instant('finished_at'),
  checked: int8('checked'),
  differenceCount: int8('difference_count'),
  differences: jsonb('differences').$type<FigureDifference[]>(),
  profiles: jsonb('profiles').$type<string[]>(),
  message: text('message'),
});
