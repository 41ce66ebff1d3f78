-- The tables by which a consumer's effects, its offset and its outgoing records are one transaction.

-- The fence: locked and compared by every transaction that has effects.
create table {{schema}}.consumer_offset (
  group_name text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (group_name, topic, partition)
) with (fillfactor = 50);

-- Where a shard's next sequence comes from. Locked by writers until their commit, so that sequences become visible in
-- order; apart from outbox_shard, whose lock a relay holds while it sends.
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

-- What could not be processed, with its bytes: text columns cannot hold every byte that a log can.
create table {{schema}}.dead_letter (
  id bigint generated always as identity primary key,
  group_name text not null,
  topic text not null,
  partition int not null,
  record_offset bigint not null,
  key bytea not null,
  value bytea not null,
  code text not null,
  message text not null,
  saved_at timestamptz not null default now(),
  replays int not null default 0,
  replayed_at timestamptz,
  unique (group_name, topic, partition, record_offset)
);

create index dead_letter_saved_at on {{schema}}.dead_letter (saved_at);
