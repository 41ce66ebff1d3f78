-- The tables by which a consumer's effects, its offset and its outgoing records are one transaction.

-- The fence: locked and compared by every transaction that has effects.
create table {{schema}}.consumer_offset (
  group_name text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null default 0,
  -- Fingerprint of the record before next_offset, so that a log which holds another record there is recognized. Null
  -- where nothing was consumed.
  last_record text,
  updated_at timestamptz not null default now(),
  primary key (group_name, topic, partition)
) with (fillfactor = 50);

-- Where a shard's next sequence comes from. Locked by writers until their commit, so that sequences become visible in
-- order; separate from outbox_shard, whose lock a relay holds while it sends.
create table {{schema}}.outbox_counter (
  shard text primary key,
  last_sequence bigint not null
) with (fillfactor = 50);

create table {{schema}}.outbox_shard (
  shard text primary key,
  -- Everything up to here is in the log.
  sent_through bigint not null default 0
) with (fillfactor = 50);

-- A row is a batch: what one transaction sends to one partition.
create table {{schema}}.outbox (
  shard text not null,
  first_sequence bigint not null,
  topic text not null,
  partition int not null,
  record_count int not null,
  bytes int not null,
  payload bytea not null,
  created_at timestamptz not null default now(),
  primary key (shard, first_sequence)
);

alter table {{schema}}.outbox alter column payload set storage external;

-- What a receiver has seen of a sender's shard, by partition of the log.
create table {{schema}}.outbox_watermark (
  group_name text not null,
  topic text not null,
  partition int not null,
  shard text not null,
  sequence bigint not null,
  primary key (group_name, topic, partition, shard)
) with (fillfactor = 50);

-- Written before the first batch after each claim of a partition, outside the transaction of the batch: what is begun
-- again and again at one offset without an end is isolated.
create table {{schema}}.consumer_attempt (
  group_name text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  attempts int not null,
  -- Records below it are consumed one by one.
  isolate_below bigint not null,
  primary key (group_name, topic, partition)
) with (fillfactor = 50);

-- What could not be processed, with its bytes: text columns cannot hold every byte that a log can.
create table {{schema}}.dead_letter (
  id bigint generated always as identity primary key,
  group_name text not null,
  topic text not null,
  partition int not null,
  record_offset bigint not null,
  key bytea not null,
  value bytea not null,
  -- dead: kept until an operator replays it. stuck: it failed alone, and is retried apart. waiting: of a kind that this
  -- version does not know, tried again by later ones. replayed: processed, or appended to its topic again.
  state text not null check (state in ('dead', 'stuck', 'waiting', 'replayed')),
  code text not null,
  message text not null,
  -- Of the touchpoint that the record is about, where that is known.
  touchpoint_source text,
  touchpoint_id text,
  saved_at timestamptz not null default now(),
  -- Attempts apart; when the next is due, null for none.
  attempts int not null default 0,
  next_attempt_at timestamptz,
  replays int not null default 0,
  replayed_at timestamptz
);

-- A topic that was created again has another record at the same offset: its dead letter is one more, not a repeat.
create unique index dead_letter_record on {{schema}}.dead_letter
  (group_name, topic, partition, record_offset, sha256(value));
create index dead_letter_saved_at on {{schema}}.dead_letter (saved_at);
create index dead_letter_state on {{schema}}.dead_letter (state, id);
create index dead_letter_code on {{schema}}.dead_letter (code, id);
create index dead_letter_due on {{schema}}.dead_letter (group_name, next_attempt_at) where next_attempt_at is not null;
create index dead_letter_touchpoint on {{schema}}.dead_letter (touchpoint_id) where touchpoint_id is not null;
