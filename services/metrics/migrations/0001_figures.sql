-- A generation is a whole set of histories and figures with one set of settings and definitions. Processes keep and read the
-- current one. A rebuild makes another beside it: memberships are copied in the order of their ids (`copied_through`), then facts
-- taken in in the order of their keys (`filled_through`), while batches keep what is in it already. When all are, it is verified and
-- takes the place of the current one, with its epoch `first_epoch`. The histories of one that is not used any more are deleted
-- table by table, a range of blocks at a time; its figures stay, for answers as of a moment.
create table {{schema}}.generation (
  id smallint primary key,
  state text not null check (state in ('copying', 'filling', 'current', 'retired', 'abandoned')),
  function_version integer not null,
  time_zone text not null,
  week_start text not null,
  windows integer[] not null,
  -- Which cohorts are kept, and up to which bucket.
  cohorts jsonb not null,
  -- By which dimensions growth is grouped: lists of one or two.
  groupings jsonb not null default '[]',
  -- Whether an operator has chosen them: then the setting of a process does not take their place.
  groupings_by_operator boolean not null default false,
  copied_through uuid,
  filled_through uuid,
  facts_filled bigint not null default 0,
  facts_expected bigint,
  current_from timestamptz,
  current_until timestamptz,
  first_epoch bigint not null default 0,
  message text,
  pruned_table integer not null default 0,
  pruned_block integer not null default 0,
  created_at timestamptz not null default now()
);
create unique index generation_current on {{schema}}.generation (state) where state = 'current';
create unique index generation_built on {{schema}}.generation ((true)) where state in ('copying', 'filling');

-- Activities and journey maps are documents with versions; rows name an activity by the number of its version.
create table {{schema}}.definition (
  id smallint generated always as identity primary key,
  kind text not null check (kind in ('activity', 'journey_map')),
  name text not null,
  version integer not null,
  content jsonb not null,
  -- What ships changes with the release, what operators make stays.
  by_operator boolean not null default false,
  created_at timestamptz not null default now(),
  unique (kind, name, version)
);

-- The versions that the figures of a generation are made with, or will be when the history is filled in.
create table {{schema}}.generation_definition (
  generation smallint not null references {{schema}}.generation (id),
  definition smallint not null references {{schema}}.definition (id),
  state text not null check (state in ('filling', 'ready', 'retired')),
  primary key (generation, definition)
);

-- In keys the generation comes last: where there are no statistics yet, the planner takes any condition for selective, and
-- with the generation first it would read every row of it.

-- Memberships. `attached_identifying` counts the identifying ones whose root this is; `has_own` and `has_attached` say
-- whether there is, or ever was, history on it, so that a new identifier needs no look at the histories.
create table {{schema}}.identifier (
  generation smallint not null,
  id uuid not null,
  version bigint not null,
  root uuid not null,
  profile uuid not null,
  attached_identifying integer not null default 0,
  identifying boolean not null,
  has_own boolean not null default false,
  has_attached boolean not null default false,
  ambiguous text check (ambiguous in ('public', 'server')),
  primary key (id, generation)
) with (fillfactor = 75);
create index identifier_by_profile on {{schema}}.identifier (profile, generation) where profile <> id;
create index identifier_by_root on {{schema}}.identifier (root, generation) where root <> id;

-- Touchpoints, compact, stored once for every generation: no zone, no definition. Amounts are minor units of `currency`, units
-- are thousandths. `properties` is JSON without lists, `details` JSON of what few touchpoints carry. `amends` is another
-- transaction, which this one gives back, voids or cancels. Of an erased one the type is `erased`, and only the key and a version
-- above all others are left.
create table {{schema}}.fact (
  key uuid primary key,
  identifier uuid not null,
  transaction uuid,
  amends uuid,
  assignment_version bigint not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  amount bigint,
  tax bigint,
  discount bigint,
  cost bigint,
  units bigint,
  sentiment double precision,
  by_server boolean not null,
  type text not null,
  role text not null,
  source text not null,
  touchpoint_id text not null,
  name text,
  channel text,
  currency text,
  store text,
  register text,
  properties text,
  details text
);
create index fact_by_identifier on {{schema}}.fact (identifier, occurred_at);
-- The place of a record in its transaction: when it occurred; of a public one when it was received.
create index fact_by_transaction on {{schema}}.fact
  (transaction, role, by_server desc, (case when by_server then occurred_at else received_at end))
  where transaction is not null;
-- What customers feel: few touchpoints say.
create index fact_with_sentiment on {{schema}}.fact (occurred_at) where sentiment is not null;
-- The first sale of an identifier in a store is one probe, whatever else there is of it.
create index fact_of_store on {{schema}}.fact (identifier, occurred_at) where by_server and store is not null;
create index fact_by_amended on {{schema}}.fact (amends, role, by_server desc) where amends is not null;

-- Occurrences of an activity by identifier and day: its own, and the sum of those that are attached to it. Counts are in no
-- index, so that another occurrence on an active day is a heap-only update.
create table {{schema}}.activity_day (
  generation smallint not null,
  is_attached boolean not null,
  identifier uuid not null,
  day integer not null,
  count integer not null,
  activity smallint not null,
  primary key (identifier, is_attached, activity, day, generation)
) with (fillfactor = 90);
-- Who was active on a day, and whose last day it may be: see `findAtRisk`.
create index activity_day_by_day on {{schema}}.activity_day (activity, day, identifier, generation);

-- The stage-bearing facts of an identifier in order of time, and the root under which they count; what is attached to a root
-- likewise. So the latest mark of a day, the one before it and the next are one probe each, however many there are.
create table {{schema}}.stage_mark (
  generation smallint not null,
  identifier uuid not null,
  root uuid not null,
  occurred_at timestamptz not null,
  day integer not null,
  stage text not null,
  channel text,
  source text collate "C" not null,
  touchpoint_id text collate "C" not null,
  primary key (identifier, day, occurred_at, source, touchpoint_id, generation)
);
create index stage_mark_attached on {{schema}}.stage_mark
  (root, day, occurred_at, source, touchpoint_id, generation) where root <> identifier;
-- Who was in which stage and on which channel on a day.
create index stage_mark_by_day on {{schema}}.stage_mark (day, stage, channel, identifier, generation);

-- What facts state about the groups of their profiles, only of the dimensions that figures are grouped by: the channel of an
-- acquisition, a trait. The first or the latest statement of an identifier, or of what is attached to a root, is one probe.
-- `by_server` is false where the level of trust decides nothing.
create table {{schema}}.group_mark (
  generation smallint not null,
  -- Place among those of the generation of which touchpoints state the value.
  dimension smallint not null,
  identifier uuid not null,
  root uuid not null,
  occurred_at timestamptz not null,
  by_server boolean not null,
  source text collate "C" not null,
  touchpoint_id text collate "C" not null,
  value text not null,
  primary key (identifier, dimension, by_server, occurred_at, source, touchpoint_id, generation)
);
create index group_mark_attached on {{schema}}.group_mark
  (root, dimension, by_server, occurred_at, source, touchpoint_id, generation) where root <> identifier;

-- When the first statement of a dimension was received: of a trait, earlier ones may not have been sent.
create table {{schema}}.group_dimension (
  generation smallint not null,
  dimension smallint not null,
  known_from timestamptz not null,
  primary key (generation, dimension)
);

-- Sums of the sales and refunds that are counted for an activity by identifier, day and currency: its own, and those of what is
-- attached to it. Amounts are minor units, units are thousandths; refunds are negative, and taken off tax, discount, cost and
-- units. A blank currency holds what has no amount.
create table {{schema}}.sales_day (
  generation smallint not null,
  is_attached boolean not null,
  activity smallint not null,
  identifier uuid not null,
  day integer not null,
  sales integer not null,
  refunds integer not null,
  units bigint not null,
  revenue bigint not null,
  refunded bigint not null,
  tax bigint not null,
  discount bigint not null,
  cost bigint not null,
  currency text collate "C" not null,
  primary key (identifier, is_attached, activity, day, currency, generation)
) with (fillfactor = 90);
create index sales_day_by_day on {{schema}}.sales_day (activity, day, identifier, currency, generation) where not is_attached;

-- The records that are counted for their transactions, per activity. The transaction's row in `identifier` is their lock.
create table {{schema}}.transaction (
  generation smallint not null,
  id uuid not null,
  key uuid not null,
  identifier uuid not null,
  day integer not null,
  activity smallint not null,
  primary key (id, activity, key, generation)
);

-- The roots under which ambiguous transactions have records: a change of one of their profiles changes what is counted.
create table {{schema}}.ambiguous_transaction (
  generation smallint not null,
  id uuid not null,
  root uuid not null,
  primary key (root, id, generation)
);
create index ambiguous_transaction_by_id on {{schema}}.ambiguous_transaction (id, generation);

create table {{schema}}.series (
  id integer generated always as identity primary key,
  generation smallint not null references {{schema}}.generation (id),
  figure text not null,
  dimensions jsonb not null,
  unique (generation, figure, dimensions)
);

-- A span of time that the database has seen pass: at most a quarter of an hour, and no longer than until a day closes. What
-- is written in it shares its place in the history of the figures. The next one begins when every transaction of this one
-- has ended, so a change is before or after a day's close for good, and the figures as they stood when an epoch began are
-- what the epochs before it come to. Never deleted: there are about 35,000 a year.
create table {{schema}}.epoch (
  generation smallint not null,
  number bigint not null,
  began_at timestamptz not null,
  ends_at timestamptz not null,
  -- Beginning of the quarter of an hour, by the clock of the reporting zone.
  quarter timestamptz not null,
  -- The last day that is closed, in days since 1970: changes of it and of days before it are restatements.
  closed_through integer not null,
  -- Receipt time up to which the figures held everything when it began; null before the first touchpoint.
  processed_through timestamptz,
  primary key (generation, number)
);
create index epoch_by_beginning on {{schema}}.epoch (generation, began_at);
create index epoch_by_closed_day on {{schema}}.epoch (generation, closed_through, number);

-- Appended by every batch, one row per series and cause; folded into the tables below. No foreign key to the epoch: its check
-- would cost as much as the row.
create table {{schema}}.delta (
  id bigint generated always as identity primary key,
  generation smallint not null,
  series integer not null,
  cause text not null,
  reason text,
  partition integer not null,
  epoch bigint not null,
  written_at timestamptz not null default clock_timestamp(),
  days integer[] not null,
  -- Of cohorts, the cell of each amount.
  cells smallint[],
  amounts bigint[] not null
);
create index delta_by_series on {{schema}}.delta (series);
create index delta_by_epoch on {{schema}}.delta (generation, epoch);

-- Changes of a series from one day to the next, all causes together: what the current figures are read from.
create table {{schema}}.figure_day (
  series integer not null,
  day integer not null,
  amount bigint not null,
  primary key (series, day)
) with (fillfactor = 80);

-- The same in sums of 512 days (block = day >> 9): a value is a sum from the first day on, and so takes few rows after years.
create table {{schema}}.figure_block (
  series integer not null,
  block integer not null,
  amount bigint not null,
  primary key (series, block)
) with (fillfactor = 80);

-- The same by cause and epoch: what restatements and the figures as they stood are read from; `closed_through` is the epoch's.
-- Those of days that were closed have an index of their own, since most changes are of days that were open.
create table {{schema}}.figure_change (
  series integer not null,
  day integer not null,
  epoch bigint not null,
  amount bigint not null,
  closed_through integer not null,
  cause text not null,
  primary key (series, day, epoch, cause)
) with (fillfactor = 80);
create index figure_change_of_closed_days on {{schema}}.figure_change (series, epoch) where day <= closed_through;

-- Changes of cohorts by cause and epoch. Nearly every cell of theirs is a customer by itself, so rows hold many: of one series,
-- one block of 64 days (block = day >> 6), one epoch and one cause; `size` is how many. Cells are numbered by bucket and the bucket
-- before it: see cohort-series.ts.
create table {{schema}}.figure_cohort (
  id bigint generated always as identity,
  series integer not null,
  block integer not null,
  epoch bigint not null,
  closed_through integer not null,
  size integer not null,
  cause text not null,
  days integer[] not null,
  cells smallint[] not null,
  amounts bigint[] not null,
  primary key (series, block, epoch, cause, id)
);
create index figure_cohort_by_epoch on {{schema}}.figure_cohort (series, epoch);

-- Cell by cell; a cell may be in several rows.
create view {{schema}}.cohort_change as
  select series, block, part.day, part.cell, epoch, closed_through, cause, part.amount
  from {{schema}}.figure_cohort cross join lateral unnest(days, cells, amounts) as part (day, cell, amount);

-- Examples of what changed closed days, each with the days on which it changed the series, or a cell of it; cell 0 is none.
create table {{schema}}.change_reason (
  series integer not null,
  cell smallint not null,
  epoch bigint not null,
  cause text not null,
  reason text not null,
  days int4multirange not null,
  primary key (series, cell, epoch, cause, reason)
);
-- For erasures, which take away the reasons that name what they erase.
create index change_reason_by_reason on {{schema}}.change_reason (reason);

-- What was removed here for each erasure, for its confirmation.
create table {{schema}}.erasure (
  id uuid primary key,
  facts integer not null,
  dead_letters integer not null,
  -- Identifiers that the records of the erasure have named: all of its extent when it is done here.
  identifiers integer not null
);

-- The value of each series on a day as it was when the day closed. With the restatements since, it must come to the value
-- now; verifications hold the two against each other.
create table {{schema}}.closed_figure (
  series integer not null,
  day integer not null,
  amount bigint not null,
  primary key (series, day)
);

-- By how much the shares of single profiles in figures of growth and of stages were changed on days that were closed, in the order of the
-- ids; or the id that a profile got, with the same share. So the profiles behind a figure as it stood can be named. What an erasure took
-- has an id that names nothing.
create table {{schema}}.share_change (
  generation smallint not null,
  epoch bigint not null,
  id bigint generated always as identity,
  profile uuid not null,
  renamed_to uuid,
  series integer[] not null,
  days integer[] not null,
  amounts integer[] not null,
  primary key (generation, epoch, id)
);
-- For erasures.
create index share_change_by_profile on {{schema}}.share_change (profile);
create index share_change_by_new_id on {{schema}}.share_change (renamed_to) where renamed_to is not null;

-- By how much the sales of an identifier were changed on a day that was closed, likewise.
create table {{schema}}.sales_change (
  generation smallint not null,
  day integer not null,
  epoch bigint not null,
  id bigint generated always as identity,
  identifier uuid not null,
  sales integer not null,
  refunds integer not null,
  units bigint not null,
  revenue bigint not null,
  refunded bigint not null,
  tax bigint not null,
  discount bigint not null,
  cost bigint not null,
  currency text collate "C" not null,
  primary key (generation, day, epoch, id)
);
create index sales_change_by_identifier on {{schema}}.sales_change (identifier);

-- Receipt time of the newest record of each partition that the figures hold.
create table {{schema}}.progress (
  topic text not null,
  partition integer not null,
  processed_through timestamptz not null,
  primary key (topic, partition)
);

-- What customers are worth by the end of a closed day: classes, shares and scores by currency, without any profile. Kept in the
-- epoch in which it was known; `positions` is how far records were consumed, and says whether another one is due.
create table {{schema}}.valuation (
  generation smallint not null,
  epoch bigint not null,
  day integer not null,
  computed_at timestamptz not null default clock_timestamp(),
  checked_at timestamptz not null default clock_timestamp(),
  positions text not null,
  content jsonb not null,
  primary key (generation, epoch)
);

-- Where the classes A and B of the newest valuation end: the net revenue by the end of `day` of the last customer in the class, and
-- its id, which decides between equal ones. An erasure clears the id; then all who have as much are in the class.
create table {{schema}}.class_bound (
  generation smallint not null,
  currency text collate "C" not null,
  class text not null,
  day integer not null,
  net bigint not null,
  profile uuid,
  primary key (generation, currency, class)
);

-- Profiles whose place in their journey may have changed, one row a batch, until it was looked at. A row with `after` stands for all
-- profiles of `profile_journey` after that one. A row is random bytes: it is not worth compressing.
create table {{schema}}.journey_change (
  id bigint generated always as identity primary key,
  profiles uuid[] not null,
  after uuid
);
alter table {{schema}}.journey_change alter column profiles set storage external;

-- What the last record of `journeys.v1` said of each profile, and on which day; `due` is the next day on which that changes by
-- the passing of days alone.
create table {{schema}}.profile_journey (
  profile uuid primary key,
  day integer not null,
  due integer,
  content jsonb not null
) with (fillfactor = 80);
create index profile_journey_by_due on {{schema}}.profile_journey (due, profile) where due is not null;

-- One row: the highest version that a record of `journeys.v1` has. Its lock is held by the one that publishes.
create table {{schema}}.journey_head (
  version bigint primary key
);
insert into {{schema}}.journey_head (version) values (0);

-- What was spent to win customers; minor units. Facts, like those of touchpoints, and so of no generation.
create table {{schema}}.spend (
  day integer not null,
  channel text collate "C" not null,
  campaign text collate "C" not null,
  currency text collate "C" not null,
  amount bigint not null,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (day, channel, campaign)
);

-- Sessions of the console that were ended before their time.
create table {{schema}}.ended_session (
  id uuid primary key,
  expires_at timestamptz not null
);

create table {{schema}}.verification (
  id uuid primary key,
  generation smallint not null,
  state text not null check (state in ('running', 'done', 'failed')),
  -- What it compares: days, and the share of the profiles whose histories are; null for all.
  from_day integer,
  to_day integer,
  sample double precision,
  -- Of one that the service begins by itself, the day of its night.
  night integer,
  -- What a running one is at.
  step text,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  checked bigint,
  difference_count bigint,
  differences jsonb,
  profiles jsonb,
  message text
);
create unique index verification_of_night on {{schema}}.verification (night, generation) where night is not null;

-- Few identifiers may hold most rows of these tables; a plan for an unknown one must not expect as many, or it reads indexes
-- from end to end.
alter table {{schema}}.identifier
  alter column profile set (n_distinct = -0.5);
alter table {{schema}}.fact
  alter column identifier set (n_distinct = -0.1),
  alter column transaction set (n_distinct = -0.5),
  alter column amends set (n_distinct = -0.5);
alter table {{schema}}.activity_day alter column identifier set (n_distinct = -0.1);
alter table {{schema}}.stage_mark
  alter column identifier set (n_distinct = -0.1),
  alter column root set (n_distinct = -0.1);
alter table {{schema}}.sales_day alter column identifier set (n_distinct = -0.1);
alter table {{schema}}.group_mark
  alter column identifier set (n_distinct = -0.1),
  alter column root set (n_distinct = -0.1);

-- What no condition asks for needs no statistics; of long texts and documents they are most of what an ANALYZE costs.
alter table {{schema}}.fact
  alter column source set statistics 0,
  alter column touchpoint_id set statistics 0,
  alter column properties set statistics 0,
  alter column details set statistics 0;
alter table {{schema}}.stage_mark
  alter column source set statistics 0,
  alter column touchpoint_id set statistics 0;
alter table {{schema}}.profile_journey alter column content set statistics 0;
