/** The tables of identity, for typed reads. The migrations are the truth; a test compares the two. */
import type { ProfileJourneyState } from '@throughline/contracts';
import {
  bigint,
  boolean,
  customType,
  date,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

export const identitySchema = pgSchema('identity');

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const identifier = identitySchema.table('identifier', {
  id: uuid('id').primaryKey(),
  type: text('type').notNull(),
  value: text('value').notNull(),
  original: text('original'),
  blocked: boolean('blocked').notNull(),
  firstServerAt: instant('first_server_at'),
  firstPublicAt: instant('first_public_at'),
  firstSeenAt: instant('first_seen_at'),
  lastSeenAt: instant('last_seen_at'),
  touchpointCount: integer('touchpoint_count').notNull(),
  firstTouchpointAt: instant('first_touchpoint_at'),
  lastTouchpointAt: instant('last_touchpoint_at'),
  known: boolean('known').notNull(),
  linked: boolean('linked').notNull(),
  sharedLevel: smallint('shared_level').notNull(),
  degrees: jsonb('degrees'),
  vouched: boolean('vouched').notNull(),
  parent: uuid('parent'),
  root: uuid('root').notNull(),
  profile: uuid('profile').notNull(),
  boundStage: smallint('bound_stage').notNull(),
  version: bigint('version', { mode: 'number' }).notNull(),
  published: boolean('published').notNull(),
  renamed: uuid('renamed'),
});

export const attachedSummary = identitySchema.table('attached_summary', {
  root: uuid('root').primaryKey(),
  carriers: integer('carriers').notNull(),
  transactions: integer('transactions').notNull(),
  identifying: integer('identifying').notNull(),
  touchpointCount: bigint('touchpoint_count', { mode: 'number' }).notNull(),
  firstTouchpointAt: instant('first_touchpoint_at'),
  lastTouchpointAt: instant('last_touchpoint_at'),
  boundsStale: boolean('bounds_stale').notNull(),
});

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const membershipChange = identitySchema.table(
  'membership_change',
  {
    identifier: uuid('identifier').notNull(),
    version: bigint('version', { mode: 'number' }).notNull(),
    former: uuid('former'),
    holder: uuid('holder').notNull(),
    at: instant('at').notNull(),
    reason: uuid('reason'),
    cause: text('cause').notNull(),
    change: text('change', {
      enum: ['joined', 'parted', 'moved', 'renamed', 'attached', 'detached'],
    }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.identifier, table.version] })],
);

export const touchpoint = identitySchema.table('touchpoint', {
  key: uuid('key').primaryKey(),
  primaryIdentifier: uuid('primary_identifier'),
  occurredAt: instant('occurred_at'),
  assignmentVersion: bigint('assignment_version', { mode: 'number' }),
  block: uuid('block'),
  place: smallint('place'),
  hasTraits: boolean('has_traits'),
  identifiers: uuid('identifiers').array(),
  counted: uuid('counted').array(),
  trust: text('trust'),
  source: text('source'),
  id: text('id'),
  name: text('name'),
  channel: text('channel'),
  bodyHash: text('body_hash'),
});

export const touchpointBlock = identitySchema.table('touchpoint_block', {
  id: uuid('id').primaryKey(),
  payload: bytea('payload').notNull(),
});

export const trait = identitySchema.table(
  'trait',
  {
    identifier: uuid('identifier').notNull(),
    trust: text('trust').notNull(),
    kind: text('kind', { enum: ['trait', 'consent', 'answer'] }).notNull(),
    name: text('name').notNull(),
    rank: uuid('rank').notNull(),
    value: text('value').notNull(),
    at: instant('at').notNull(),
    source: text('source').notNull(),
    touchpointId: text('touchpoint_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.identifier, table.trust, table.kind, table.name] })],
);

export const changedMember = identitySchema.table('changed_member', {
  id: bigint('id', { mode: 'number' }).primaryKey(),
  identifier: uuid('identifier').notNull(),
});

export const profileFeed = identitySchema.table('profile_feed', {
  profile: uuid('profile').primaryKey(),
  version: bigint('version', { mode: 'number' }).notNull(),
  changedAt: instant('changed_at').notNull(),
  ended: boolean('ended').notNull(),
});

export const profileFeedHead = identitySchema.table('profile_feed_head', {
  singleton: boolean('singleton').primaryKey(),
  version: bigint('version', { mode: 'number' }).notNull(),
  prunedVersion: bigint('pruned_version', { mode: 'number' }).notNull(),
});

export const profileJourney = identitySchema.table('profile_journey', {
  profile: uuid('profile').primaryKey(),
  version: bigint('version', { mode: 'number' }).notNull(),
  day: date('day').notNull(),
  state: jsonb('state').$type<ProfileJourneyState>(),
});

export const decision = identitySchema.table('decision', {
  id: uuid('id').primaryKey(),
  kind: text('kind', { enum: ['merge', 'split'] }).notNull(),
  madeAt: instant('made_at').notNull(),
  note: text('note').notNull(),
  madeSides: jsonb('made_sides').$type<string[][]>().notNull(),
  sides: jsonb('sides').$type<string[][]>().notNull(),
  madeWith: text('made_with').notNull(),
  author: text('author'),
  withdrawnAt: instant('withdrawn_at'),
  withdrawnWith: text('withdrawn_with'),
  withdrawnAuthor: text('withdrawn_author'),
});

export const decisionIdentifier = identitySchema.table(
  'decision_identifier',
  { identifier: uuid('identifier').notNull(), decisionId: uuid('decision_id').notNull() },
  (table) => [primaryKey({ columns: [table.identifier, table.decisionId] })],
);

export const touchpointConflict = identitySchema.table(
  'touchpoint_conflict',
  {
    key: uuid('key').notNull(),
    bodyHash: text('body_hash').notNull(),
    receivedAt: instant('received_at').notNull(),
    requestId: text('request_id').notNull(),
    storedAt: instant('stored_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.bodyHash] })],
);

export const touchpointDuplicate = identitySchema.table('touchpoint_duplicate', {
  key: uuid('key').primaryKey(),
  copies: bigint('copies', { mode: 'number' }).notNull(),
  lastReceivedAt: instant('last_received_at').notNull(),
  lastRequestId: text('last_request_id').notNull(),
});

export const rejection = identitySchema.table('rejection', {
  rejectionId: uuid('rejection_id').primaryKey(),
  id: text('id'),
  source: text('source').notNull(),
  receivedAt: instant('received_at').notNull(),
  code: text('code').notNull(),
  field: text('field').notNull(),
  message: text('message').notNull(),
  storedAt: instant('stored_at').notNull(),
});

export const source = identitySchema.table('source', { name: text('name').primaryKey() });

export const link = identitySchema.table(
  'link',
  {
    weaker: uuid('weaker').notNull(),
    stronger: uuid('stronger').notNull(),
    person: boolean('person').notNull(),
    alias: boolean('alias').notNull(),
    countedLevel: smallint('counted_level').notNull(),
    erasedLevel: smallint('erased_level').notNull().default(0),
    sameFamily: boolean('same_family').notNull(),
    bestLevel: smallint('best_level').notNull(),
    publicAt: instant('public_at'),
    publicSource: text('public_source'),
    publicTouchpoint: text('public_touchpoint'),
    verifiedAt: instant('verified_at'),
    verifiedSource: text('verified_source'),
    verifiedTouchpoint: text('verified_touchpoint'),
    serverAt: instant('server_at'),
    serverSource: text('server_source'),
    serverTouchpoint: text('server_touchpoint'),
  },
  (table) => [primaryKey({ columns: [table.weaker, table.stronger] })],
);

export const withdrawnPair = identitySchema.table(
  'withdrawn_pair',
  { identifier: uuid('identifier').notNull(), other: uuid('other').notNull() },
  (table) => [primaryKey({ columns: [table.identifier, table.other] })],
);

export const inferredLink = identitySchema.table(
  'inferred_link',
  {
    via: uuid('via').notNull(),
    a: uuid('a').notNull(),
    b: uuid('b').notNull(),
    person: boolean('person').notNull(),
    level: smallint('level').notNull(),
    firstAt: instant('first_at').notNull(),
    firstSource: text('first_source').notNull(),
    firstTouchpoint: text('first_touchpoint').notNull(),
  },
  (table) => [primaryKey({ columns: [table.via, table.a, table.b] })],
);

export const recheck = identitySchema.table('recheck', {
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  origin: bigint('origin', { mode: 'number' }),
  identifier: uuid('identifier').notNull(),
  kind: text('kind', { enum: ['links', 'persons', 'children', 'touchpoints', 'traits', 'bounds'] }).notNull(),
  turn: bigint('turn', { mode: 'number' }).notNull(),
  retryAt: instant('retry_at').notNull(),
  failures: integer('failures').notNull(),
  cursorAt: instant('cursor_at'),
  cursorId: uuid('cursor_id'),
  traitsLeft: boolean('traits_left').notNull(),
});

export const deployment = identitySchema.table('deployment', {
  singleton: boolean('singleton').primaryKey().default(true),
  secretFingerprint: text('secret_fingerprint').notNull(),
  blockedFingerprint: text('blocked_fingerprint').notNull(),
  normalization: text('normalization').notNull(),
});

export const withdrawal = identitySchema.table('withdrawal', {
  id: uuid('id').primaryKey(),
  source: text('source').notNull(),
  by: text('by', { enum: ['occurredAt', 'receivedAt'] }).notNull(),
  fromAt: instant('from_at'),
  toAt: instant('to_at'),
  touchpoint: text('touchpoint'),
  link: uuid('link').array(),
  madeLink: uuid('made_link').array(),
  note: text('note').notNull(),
  madeWith: text('made_with').notNull(),
  author: text('author'),
  madeAt: instant('made_at').notNull(),
  ruleset: integer('ruleset').notNull(),
  undoneBy: integer('undone_by'),
});

export const ruleset = identitySchema.table('ruleset', {
  version: integer('version').primaryKey(),
  kind: text('kind', { enum: ['first', 'policy', 'withdrawal'] }).notNull(),
  policy: jsonb('policy').notNull(),
  withdrawals: uuid('withdrawals').array().notNull(),
  state: text('state', {
    enum: ['evaluating', 'evaluated', 'publishing', 'in_force', 'replaced', 'discarded'],
  }).notNull(),
  activate: boolean('activate').notNull(),
  replaces: integer('replaces'),
  note: text('note').notNull(),
  madeWith: text('made_with').notNull(),
  author: text('author'),
  madeAt: instant('made_at').notNull(),
  evaluatedAt: instant('evaluated_at'),
  inForceAt: instant('in_force_at'),
  endedAt: instant('ended_at'),
  phase: text('phase').notNull(),
  cursorId: uuid('cursor_id'),
  done: bigint('done', { mode: 'number' }).notNull(),
  total: bigint('total', { mode: 'number' }).notNull(),
  report: jsonb('report'),
});

export const rulesBacklog = identitySchema.table('rules_backlog', {
  id: bigint('id', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  kind: text('kind', { enum: ['touchpoint', 'decision', 'withdrawn', 'erasure'] }).notNull(),
  key: uuid('key').notNull(),
});

export const rulesChange = identitySchema.table('rules_change', {
  identifier: uuid('identifier').primaryKey(),
  live: uuid('live').notNull(),
  former: uuid('former').notNull(),
  current: uuid('current').notNull(),
  touchpoints: integer('touchpoints').notNull(),
});
export const erasure = identitySchema.table('erasure', {
  id: uuid('id').primaryKey(),
  at: instant('at').notNull(),
  profile: uuid('profile').notNull(),
  follows: uuid('follows'),
  madeWith: text('made_with').notNull(),
  author: text('author'),
  suppresses: boolean('suppresses').notNull(),
  suppressionEndedAt: instant('suppression_ended_at'),
  ruleset: integer('ruleset').notNull(),
  step: text('step', {
    enum: ['decisions', 'gather', 'touchpoints', 'evidence', 'copies', 'history', 'done'],
  }).notNull(),
  cursorId: uuid('cursor_id'),
  foundInPass: integer('found_in_pass').notNull(),
  removed: jsonb('removed').$type<Record<string, number>>().notNull(),
  wanted: text('wanted').array(),
  failure: text('failure'),
  failures: integer('failures').notNull(),
  retryAt: instant('retry_at').notNull(),
  finishedAt: instant('finished_at'),
});

export const erasureIdentifier = identitySchema.table(
  'erasure_identifier',
  {
    identifier: uuid('identifier').notNull(),
    erasure: uuid('erasure').notNull(),
    inExtent: boolean('in_extent').notNull(),
  },
  (table) => [primaryKey({ columns: [table.identifier, table.erasure] })],
);

export const erasureShared = identitySchema.table(
  'erasure_shared',
  {
    erasure: uuid('erasure').notNull(),
    identifier: uuid('identifier').notNull(),
    trust: text('trust').notNull(),
  },
  (table) => [primaryKey({ columns: [table.erasure, table.identifier] })],
);

export const erasureMention = identitySchema.table(
  'erasure_mention',
  {
    identifier: uuid('identifier').notNull(),
    erasedAt: instant('erased_at').notNull(),
    firstServerAt: instant('first_server_at'),
    firstPublicAt: instant('first_public_at'),
    firstSeenAt: instant('first_seen_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull(),
    original: text('original'),
    blocked: boolean('blocked').notNull(),
  },
  (table) => [primaryKey({ columns: [table.identifier, table.erasedAt] })],
);

export const erasureTimeline = identitySchema.table(
  'erasure_timeline',
  {
    erasure: uuid('erasure').notNull(),
    identifier: uuid('identifier').notNull(),
    cursorAt: instant('cursor_at'),
    cursorKey: uuid('cursor_key'),
  },
  (table) => [primaryKey({ columns: [table.erasure, table.identifier] })],
);

export const erasureEvidence = identitySchema.table(
  'erasure_evidence',
  {
    erasure: uuid('erasure').notNull(),
    weaker: uuid('weaker').notNull(),
    stronger: uuid('stronger').notNull(),
  },
  (table) => [primaryKey({ columns: [table.erasure, table.weaker, table.stronger] })],
);
