-- Identifiers, their links, and the touchpoints under them. A profile is not stored: it is the set of identifiers whose
-- roots share a founding identifier.

create table {{schema}}.identifier (
  id uuid primary key,
  type text not null,
  -- Blank while nothing mentions it, as after an erasure.
  value text not null,
  -- As its first mention wrote it, where that differs.
  original text,
  blocked boolean not null,
  -- First mention by a server (its occurrence) and by a public key (its receipt: it cannot be backdated).
  first_server_at timestamptz,
  first_public_at timestamptz,
  -- Bounds of all that mentions it; null when erasures have left nothing that does.
  first_seen_at timestamptz,
  last_seen_at timestamptz,
  -- Of the touchpoints that belong to it.
  touchpoint_count integer not null,
  first_touchpoint_at timestamptz,
  last_touchpoint_at timestamptz,
  known boolean not null,
  linked boolean not null,
  -- Derived from degrees; here so that SQL can leave dead links out.
  shared_level smallint not null,
  degrees jsonb,
  -- A transaction whose number can be guessed and that a server has mentioned: public evidence does not claim it.
  vouched boolean not null,
  parent uuid,
  root uuid not null,
  profile uuid not null,
  bound_stage smallint not null,
  version bigint not null,
  published boolean not null,
  -- What other rules have made of it: nothing is called by this one any more.
  renamed uuid
) with (fillfactor = 80);

create index identifier_parent on {{schema}}.identifier (parent, id) where parent is not null;
create index identifier_profile on {{schema}}.identifier (profile) where profile <> id;
create index identifier_renamed on {{schema}}.identifier (renamed) where renamed is not null;
-- Few, and without links: an erasure looks through them where it takes a shared identifier.
create index identifier_blocked on {{schema}}.identifier (id) where blocked;
-- What is attached to a root: carriers before orders and receipts; and those with touchpoints of their own, by the first.
-- Not by the last: a column that changes with every touchpoint would cost every update its place on the page.
create index identifier_attached on {{schema}}.identifier
  (root, (starts_with(type, 'order_id') or starts_with(type, 'receipt_id')), id) where root <> id;
create index identifier_attached_timeline on {{schema}}.identifier (root, first_touchpoint_at, id)
  where root <> id and first_touchpoint_at is not null;

-- For the search of people who answer the phone. Values never change, so that only a new person identifier costs an entry.
create index identifier_search on {{schema}}.identifier (lower(value) text_pattern_ops)
  where type in ('user_id', 'loyalty_id', 'email', 'phone') or starts_with(type, 'external.');

-- Sums over the identifiers that are attached to a root. A row exists once something was.
create table {{schema}}.attached_summary (
  root uuid primary key,
  carriers integer not null,
  transactions integer not null,
  -- Those that make a profile identified.
  identifying integer not null,
  touchpoint_count bigint not null,
  first_touchpoint_at timestamptz,
  last_touchpoint_at timestamptz,
  -- An identifier that had one of the two bounds has left: they may be too wide.
  bounds_stale boolean not null default false
) with (fillfactor = 80);

create table {{schema}}.link (
  weaker uuid not null,
  stronger uuid not null,
  person boolean not null,
  alias boolean not null,
  counted_level smallint not null,
  -- Strongest level of what erasures have taken: it counts whatever evidence is withdrawn.
  erased_level smallint not null default 0,
  -- Both ends are of one family of types.
  same_family boolean not null,
  -- Strongest level with evidence, 0 for none: an end that is shared at a level skips what is no stronger.
  best_level smallint not null,
  public_at timestamptz,
  public_source text,
  public_touchpoint text,
  verified_at timestamptz,
  verified_source text,
  verified_touchpoint text,
  server_at timestamptz,
  server_source text,
  server_touchpoint text,
  primary key (weaker, stronger)
);

create index link_stronger_person on {{schema}}.link (stronger, weaker) where person;
-- The level next to the end: what is asked for is one stretch of the index, and no other index is as good for it.
create index link_weaker_level on {{schema}}.link (weaker, best_level, same_family);
create index link_stronger_level on {{schema}}.link (stronger, best_level, same_family) where person;
create index link_stronger_attached on {{schema}}.link (stronger, weaker) where not person;

-- Identifiers of one touchpoint of which evidence is withdrawn, both ways, blocked ones left out: where touchpoints that name one of
-- them may lie although no link leads there. An erasure looks there too.
create table {{schema}}.withdrawn_pair (
  identifier uuid not null,
  other uuid not null,
  primary key (identifier, other)
);

create table {{schema}}.inferred_link (
  via uuid not null,
  -- A carrier, or of two person identifiers the one with the smaller id.
  a uuid not null,
  b uuid not null,
  person boolean not null,
  level smallint not null,
  first_at timestamptz not null,
  first_source text not null,
  first_touchpoint text not null,
  primary key (via, a, b)
);

-- The level between the ends, and each index as narrow as what is asked of it: so the planner cannot take one for the other,
-- not even on an empty table, and read it from end to end.
create index inferred_link_a on {{schema}}.inferred_link
  (a, level, b, first_at, first_source collate "C", first_touchpoint collate "C", via) where person;
create index inferred_link_b on {{schema}}.inferred_link
  (b, level, a, first_at, first_source collate "C", first_touchpoint collate "C", via) where person;
create index inferred_link_carrier on {{schema}}.inferred_link
  (a, level, b, first_at, first_source collate "C", first_touchpoint collate "C", via) where not person;

create table {{schema}}.decision (
  id uuid primary key,
  kind text not null check (kind in ('merge', 'split')),
  made_at timestamptz not null,
  note text not null,
  -- By the ids that the rules in force make of them; and as it was made.
  sides jsonb not null,
  made_sides jsonb not null,
  -- The key, and the person if it says so.
  made_with text not null,
  author text,
  withdrawn_at timestamptz,
  withdrawn_with text,
  withdrawn_author text
);

create index decision_made_at on {{schema}}.decision (made_at, id);

create table {{schema}}.decision_identifier (
  identifier uuid not null,
  decision_id uuid not null references {{schema}}.decision (id),
  primary key (identifier, decision_id)
);

create index decision_identifier_decision on {{schema}}.decision_identifier (decision_id);

-- What held an identifier before and since a change of its membership: the history of profiles. Only appended to, in the
-- transaction of the change. Versions ascend with time, so the indexes read the newest first.
create table {{schema}}.membership_change (
  identifier uuid not null,
  version bigint not null,
  -- The founding identifier of its profile, or what an attached identifier is attached to in the end; null for a new one.
  former uuid,
  holder uuid not null,
  at timestamptz not null default now(),
  -- A touchpoint's key, a decision, or an identifier that became shared; null when several touchpoints did it together.
  reason uuid,
  cause text not null,
  change text not null check (change in ('joined', 'parted', 'moved', 'renamed', 'attached', 'detached')),
  primary key (identifier, version)
);

create index membership_change_holder on {{schema}}.membership_change (holder, version) where change in ('joined', 'moved', 'attached');
create index membership_change_former on {{schema}}.membership_change (former, version) where former is not null;

-- One narrow row for each touchpoint, and no body: this table and its two indexes are what a batch looks into, so they are
-- what has to stay in memory. Columns of fixed width come first, which saves their padding.
create table {{schema}}.touchpoint (
  -- Keyed hash of (source, id): the one place that makes a touchpoint a member of the set, once and for ever. Of one that an
  -- erasure dropped nothing else is left: every other column is null.
  key uuid primary key,
  primary_identifier uuid,
  occurred_at timestamptz,
  assignment_version bigint,
  -- Where its record is: a row of touchpoint_block, and the place in it.
  block uuid,
  place smallint,
  -- Or consents, or answers: whether it has rows to give to the table trait.
  has_traits boolean,
  identifiers uuid[],
  -- All that it came with, where erasures have struck some of them out: later erasures judge it by these.
  counted uuid[],
  trust text,
  source text,
  id text,
  name text,
  channel text,
  body_hash text
);

-- The records of the log as they came, some dozens a row, compressed together: a tenth of what each alone would take, and
-- exact. Only appended to. What erases a touchpoint rewrites its block with nothing in its place.
create table {{schema}}.touchpoint_block (
  -- The key of its first touchpoint.
  id uuid primary key,
  payload bytea not null
) with (toast_tuple_target = 8160);

-- Compressed already.
alter table {{schema}}.touchpoint_block alter column payload set storage external;

create index touchpoint_timeline on {{schema}}.touchpoint (primary_identifier, occurred_at, key);
create index touchpoint_with_traits on {{schema}}.touchpoint (primary_identifier, occurred_at, key) where has_traits;

-- What touchpoints state about their person: traits, consents by category, and answers by survey and question. Of each name
-- the last writer, apart for servers and public keys, so that neither kind replaces or counts for the other.
create table {{schema}}.trait (
  identifier uuid not null,
  trust text not null,
  kind text not null check (kind in ('trait', 'consent', 'answer')),
  name text not null,
  -- Keyed hash of the name: of too many public names, the smallest are kept.
  rank uuid not null,
  value text not null,
  at timestamptz not null,
  source text not null,
  touchpoint_id text not null,
  primary key (identifier, trust, kind, name)
);

-- For the same search: what people are called. The value is JSON, so a text begins with a quotation mark.
create index trait_search on {{schema}}.trait (lower(left(value, 100)) text_pattern_ops)
  where kind = 'trait' and name in ('name', 'firstName', 'first_name', 'lastName', 'last_name');

-- Another body came under an id that was taken: the first stands. Both bodies are in the rejected store.
create table {{schema}}.touchpoint_conflict (
  key uuid not null,
  body_hash text not null,
  received_at timestamptz not null,
  request_id text not null,
  stored_at timestamptz not null default now(),
  primary key (key, body_hash)
);

create index touchpoint_conflict_stored on {{schema}}.touchpoint_conflict (stored_at);

-- Copies of a member that came again with the same body: how many, and the last.
create table {{schema}}.touchpoint_duplicate (
  key uuid primary key,
  copies bigint not null,
  last_received_at timestamptz not null,
  last_request_id text not null
);

create table {{schema}}.source (
  name text primary key
);

-- What ingest rejected, without its bytes, for traces.
create table {{schema}}.rejection (
  rejection_id uuid primary key,
  id text,
  source text not null,
  received_at timestamptz not null,
  code text not null,
  field text not null,
  message text not null,
  stored_at timestamptz not null default now()
);

-- The order of the retention.
create index rejection_stored on {{schema}}.rejection (stored_at);
create index rejection_by_touchpoint on {{schema}}.rejection (id, source) where id is not null;

-- Work that a change of an identifier's standing leaves behind, done in pages.
create sequence {{schema}}.recheck_turn;

create table {{schema}}.recheck (
  id bigint generated always as identity primary key,
  -- The recheck that this one follows from; null for one that a touchpoint or a decision left.
  origin bigint,
  identifier uuid not null,
  kind text not null check (kind in ('links', 'persons', 'children', 'touchpoints', 'traits', 'bounds')),
  -- Pages are taken in this order; after its page a recheck goes to the end, so that a large one delays no other.
  turn bigint not null default nextval('{{schema}}.recheck_turn'),
  retry_at timestamptz not null default '-infinity',
  failures integer not null default 0,
  -- The last weaker end, or the last touchpoint by time and key, that is done.
  cursor_at timestamptz,
  cursor_id uuid,
  -- Whether touchpoints with traits have left the identifier.
  traits_left boolean not null default false
);

create index recheck_by_turn on {{schema}}.recheck (turn);

-- The change feed. What changed a profile names its identifiers here, in its own transaction; publishing takes them, in pages,
-- and several changes of a profile become one. Only inserted and deleted: writers never wait for each other here.
create table {{schema}}.changed_member (
  id bigint generated always as identity primary key,
  identifier uuid not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- Of each profile that was ever published the last version: reading by version is both the feed and the copy to begin with.
create table {{schema}}.profile_feed (
  profile uuid primary key,
  version bigint not null,
  changed_at timestamptz not null,
  -- Merged or gone: kept for a time, so that readers learn of it.
  ended boolean not null
) with (fillfactor = 80);

create unique index profile_feed_version on {{schema}}.profile_feed (version);
create index profile_feed_ended on {{schema}}.profile_feed (version) where ended;

-- One row: its lock is held while a page is published, so versions become visible in their order.
create table {{schema}}.profile_feed_head (
  singleton boolean primary key default true check (singleton),
  -- The last that was given.
  version bigint not null,
  -- Of the ended profiles that are not kept any more, the last version.
  pruned_version bigint not null
);

insert into {{schema}}.profile_feed_head (version, pruned_version) values (0, 0);

-- Where metrics has a profile in its journey: the newest record of each. Without a state it has ended, and the version stays.
create table {{schema}}.profile_journey (
  profile uuid primary key,
  version bigint not null,
  day date not null,
  state jsonb
);

-- The secret that identifier ids are keyed with and the lists of blocked identifiers, as fingerprints, and what values are
-- normalized by: a process with others must not write.
create table {{schema}}.deployment (
  singleton boolean primary key default true check (singleton),
  secret_fingerprint text not null,
  blocked_fingerprint text not null,
  normalization text not null
);

-- Evidence that operators have withdrawn: what touchpoints of a source show. `ruleset` is the version that brought it.
create table {{schema}}.withdrawal (
  id uuid primary key,
  source text not null,
  by text not null check (by in ('occurredAt', 'receivedAt')),
  from_at timestamptz,
  to_at timestamptz,
  -- One touchpoint, or one link by the ids of its ends; null for all.
  touchpoint text,
  link uuid[],
  -- As it was made.
  made_link uuid[],
  note text not null,
  made_with text not null,
  author text,
  made_at timestamptz not null default now(),
  ruleset integer not null,
  undone_by integer
);

create index withdrawal_made on {{schema}}.withdrawal (made_at, id);

-- The rules that profiles follow from, in versions: the policy, and the withdrawals in force. One version is in force; one
-- other may be in work: evaluated beside the live state, or put in force while its changes are still published.
create table {{schema}}.ruleset (
  version integer primary key,
  kind text not null check (kind in ('first', 'policy', 'withdrawal')),
  policy jsonb not null,
  withdrawals uuid[] not null,
  state text not null check (state in ('evaluating', 'evaluated', 'publishing', 'in_force', 'replaced', 'discarded')),
  -- Put in force as soon as it is evaluated.
  activate boolean not null,
  -- The version that was in force before it.
  replaces integer,
  note text not null,
  made_with text not null,
  author text,
  made_at timestamptz not null default now(),
  evaluated_at timestamptz,
  in_force_at timestamptz,
  ended_at timestamptz,
  -- Where the job is.
  phase text not null,
  cursor_id uuid,
  done bigint not null default 0,
  total bigint not null default 0,
  report jsonb
);

create unique index ruleset_in_work on {{schema}}.ruleset ((true)) where state in ('evaluating', 'evaluated', 'publishing');
create unique index ruleset_in_force on {{schema}}.ruleset ((true)) where state in ('publishing', 'in_force');

-- What came while a version is in work: touchpoints, decisions that were made or withdrawn, and pages of erasures.
create table {{schema}}.rules_backlog (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('touchpoint', 'decision', 'withdrawn', 'erasure')),
  key uuid not null
);

-- Identifiers that the version in work puts into another profile.
create table {{schema}}.rules_change (
  identifier uuid primary key,
  -- What it is called now.
  live uuid not null,
  former uuid not null,
  current uuid not null,
  touchpoints integer not null
);

create index rules_change_former on {{schema}}.rules_change (former, current);
create index rules_change_current on {{schema}}.rules_change (current, former);

-- Few identifiers may hold most rows of these tables; a plan for an unknown one must not expect as many, or it reads indexes
-- from end to end.
alter table {{schema}}.identifier
  alter column root set (n_distinct = -0.5),
  alter column parent set (n_distinct = -0.5),
  alter column profile set (n_distinct = -0.5);
-- Ten links of an identifier, so that an index which leaves dead ones out is always the better one.
alter table {{schema}}.link
  alter column weaker set (n_distinct = -0.1),
  alter column stronger set (n_distinct = -0.1);
alter table {{schema}}.inferred_link
  alter column via set (n_distinct = -0.5),
  alter column a set (n_distinct = -0.5),
  alter column b set (n_distinct = -0.5);
alter table {{schema}}.touchpoint alter column primary_identifier set (n_distinct = -0.2);

-- Erasures. The extent and the time are what they are functions of; `step` and what follows are the progress of the job.
create table {{schema}}.erasure (
  id uuid primary key,
  -- The time T, which only ascends: what occurred or was received by it is erased.
  at timestamptz not null unique,
  profile uuid not null,
  -- The erasure whose unconfirmed identifiers this one takes.
  follows uuid references {{schema}}.erasure (id),
  made_with text not null,
  author text,
  suppresses boolean not null,
  suppression_ended_at timestamptz,
  -- The rules that were in force when it was requested: it judges by what they call identifiers, and what they block.
  ruleset integer not null,
  step text not null check (step in ('decisions', 'gather', 'touchpoints', 'evidence', 'copies', 'history', 'done')),
  cursor_id uuid,
  -- Touchpoints that this pass over the extent has found: passes are made until one finds none.
  found_in_pass integer not null default 0,
  -- What was removed, by kind.
  removed jsonb not null default '{}',
  -- What copies elsewhere are found by, folded; gone when all are.
  wanted text[],
  -- Why the last page failed.
  failure text,
  failures integer not null default 0,
  retry_at timestamptz not null default '-infinity',
  finished_at timestamptz
);
create index erasure_running on {{schema}}.erasure (at) where step <> 'done';

create table {{schema}}.erasure_identifier (
  identifier uuid not null,
  erasure uuid not null references {{schema}}.erasure (id),
  -- False for one that is linked to the profile by public evidence alone: it waits for a confirmation.
  in_extent boolean not null,
  primary key (identifier, erasure)
);
create index erasure_identifier_of on {{schema}}.erasure_identifier (erasure, in_extent, identifier);

-- Of the identifiers on touchpoints that name one of the extent, those that were shared at the time, and at which trust.
create table {{schema}}.erasure_shared (
  erasure uuid not null references {{schema}}.erasure (id),
  identifier uuid not null,
  trust text not null check (trust in ('public', 'server')),
  primary key (erasure, identifier)
);

-- What dropped touchpoints still count for: when an identifier that names no person was first and last seen. By the time T of the
-- first erasure that dropped them.
create table {{schema}}.erasure_mention (
  identifier uuid not null,
  erased_at timestamptz not null,
  first_server_at timestamptz,
  first_public_at timestamptz,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  original text,
  -- When they were dropped: then a later erasure of the identifier itself leaves it.
  blocked boolean not null,
  primary key (identifier, erased_at)
);

-- Identifiers under which touchpoints of the extent may lie, and how far each is looked through.
create table {{schema}}.erasure_timeline (
  erasure uuid not null references {{schema}}.erasure (id),
  identifier uuid not null,
  cursor_at timestamptz,
  cursor_key uuid,
  primary key (erasure, identifier)
);

-- Links and identifiers that lost touchpoints: their evidence and times are measured again, by what remains. An identifier
-- alone has itself as the other end.
create table {{schema}}.erasure_evidence (
  erasure uuid not null references {{schema}}.erasure (id),
  weaker uuid not null,
  stronger uuid not null,
  primary key (erasure, weaker, stronger)
);

-- What no condition asks for needs no statistics; of long texts and documents they are most of what an ANALYZE costs.
alter table {{schema}}.touchpoint
  alter column block set statistics 0,
  alter column identifiers set statistics 0,
  alter column counted set statistics 0,
  alter column id set statistics 0,
  alter column body_hash set statistics 0;
alter table {{schema}}.identifier
  alter column original set statistics 0,
  alter column degrees set statistics 0;
alter table {{schema}}.profile_journey alter column state set statistics 0;
