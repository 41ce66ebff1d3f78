/** The typed view of the migrated tables; a test compares the two. */
import {
  bigint,
  boolean,
  customType,
  date,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

const ingestSchema = pgSchema('ingest');

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const rejectedTouchpoint = ingestSchema.table(
  'rejected_touchpoint',
  {
    rejectionId: uuid('rejection_id').primaryKey(),
    receivedAt: instant('received_at').notNull(),
    source: text('source').notNull(),
    trust: text('trust'),
    requestId: text('request_id').notNull(),
    route: text('route').notNull(),
    itemIndex: integer('item_index').notNull(),
    touchpointId: text('touchpoint_id'),
    code: text('code').notNull(),
    field: text('field').notNull(),
    message: text('message').notNull(),
    body: text('body').notNull(),
    bodyEncoding: text('body_encoding').notNull(),
    standingBody: text('standing_body'),
    storedAt: instant('stored_at').notNull().defaultNow(),
    replayedAt: instant('replayed_at'),
  },
  (table) => [
    index('rejected_touchpoint_received').on(table.receivedAt.desc(), table.rejectionId.desc()),
    index('rejected_touchpoint_stored').on(table.storedAt),
  ],
);

export const rejectedCount = ingestSchema.table(
  'rejected_count',
  {
    hour: instant('hour').notNull(),
    source: text('source').notNull(),
    code: text('code').notNull(),
    items: bigint('items', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.hour, table.source, table.code] })],
);

export const resubmission = ingestSchema.table(
  'resubmission',
  {
    resubmissionId: uuid('resubmission_id').primaryKey(),
    source: text('source'),
    code: text('code'),
    receivedFrom: instant('received_from'),
    receivedTo: instant('received_to').notNull(),
    isDryRun: boolean('is_dry_run').notNull(),
    state: text('state').$type<'running' | 'done' | 'cancelled'>().notNull(),
    itemsAtMost: bigint('items_at_most', { mode: 'number' }).notNull(),
    accepted: bigint('accepted', { mode: 'number' }).notNull().default(0),
    refused: jsonb('refused').$type<Record<string, number>>().notNull().default({}),
    positionReceivedAt: instant('position_received_at'),
    positionRejectionId: uuid('position_rejection_id'),
    leaseId: uuid('lease_id'),
    leasedUntil: instant('leased_until').notNull().defaultNow(),
    failure: text('failure'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (table) => [index('resubmission_created').on(table.createdAt)],
);

export const receiptNumber = ingestSchema.table(
  'receipt_number',
  {
    store: text('store').notNull(),
    businessDay: date('business_day', { mode: 'string' }).notNull(),
    source: text('source').notNull(),
    register: text('register').notNull(),
    sequence: bigint('sequence', { mode: 'number' }).notNull(),
    state: text('state').notNull(),
    touchpointId: text('touchpoint_id').notNull(),
    bodyHash: text('body_hash').notNull(),
    receivedAt: instant('received_at').notNull(),
    storedAt: instant('stored_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({
      columns: [
        table.store,
        table.businessDay,
        table.source,
        table.register,
        table.sequence,
        table.state,
        table.touchpointId,
        table.bodyHash,
      ],
    }),
    index('receipt_number_stored').on(table.storedAt),
  ],
);

export const source = ingestSchema.table('source', {
  name: text('name').primaryKey(),
  trust: text('trust').notNull(),
  settings: jsonb('settings').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
  disabledAt: instant('disabled_at'),
});

export const apiKey = ingestSchema.table(
  'api_key',
  {
    keyId: uuid('key_id').primaryKey(),
    digest: bytes('digest').notNull().unique('api_key_digest_key'),
    hint: text('hint').notNull(),
    scope: text('scope').notNull(),
    source: text('source').notNull(),
    fields: text('fields').array(),
    maySearch: boolean('may_search').notNull().default(false),
    note: text('note').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    replacedBy: uuid('replaced_by'),
    disabledAt: instant('disabled_at'),
  },
  (table) => [index('api_key_source').on(table.source)],
);

export type ApiKeyRow = typeof apiKey.$inferSelect;
export type SourceRow = typeof source.$inferSelect;
export type ResubmissionRow = typeof resubmission.$inferSelect;
export type RejectedTouchpointRow = typeof rejectedTouchpoint.$inferSelect;

export const erasedWord = ingestSchema.table(
  'erased_word',
  {
    erasure: uuid('erasure').notNull(),
    hash: uuid('hash').notNull(),
    receivedBy: instant('received_by').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.hash, table.erasure] }),
    index('erased_word_received_by').on(table.receivedBy),
  ],
);

export const erasureSalt = ingestSchema.table('erasure_salt', {
  singleton: boolean('singleton').primaryKey().default(true),
  salt: text('salt').notNull(),
});
