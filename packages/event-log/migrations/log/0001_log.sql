-- The event log on Postgres: batches of records in offset order.

create table {{schema}}.topic (
  name text primary key,
  partitions int not null check (partitions between 1 and 1000),
  created_at timestamptz not null default now()
);

-- One row a partition, locked by an append until its commit: offsets have no gaps and become visible in order. A
-- sequence gives numbers before the commit, and a reader that follows it passes over what commits late.
create table {{schema}}.partition_head (
  topic text not null references {{schema}}.topic (name),
  partition int not null,
  next_offset bigint not null default 0,
  -- Everything below was dropped by the retention.
  begin_offset bigint not null default 0,
  primary key (topic, partition)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- A row is a batch of records of one partition, one day a child table, so that old days go by DROP TABLE.
create table {{schema}}.batch (
  topic text not null,
  partition int not null,
  last_offset bigint not null,
  record_count int not null check (record_count > 0),
  -- Of the payload before compression.
  bytes int not null,
  appended_on date not null,
  appended_at timestamptz not null default clock_timestamp(),
  payload bytea not null,
  primary key (topic, partition, last_offset, appended_on)
) partition by range (appended_on);

-- Compressed by the sender already.
alter table {{schema}}.batch alter column payload set storage external;

create table {{schema}}.group_member (
  group_name text not null,
  member text not null,
  expires_at timestamptz not null,
  -- It holds an advisory lock by its name for as long as its process lives: free, it died.
  guarded boolean not null,
  primary key (group_name, member)
);

-- Which member consumes a partition. The epoch counts its owners, so that a former one cannot renew or release.
create table {{schema}}.group_lease (
  group_name text not null,
  topic text not null,
  partition int not null,
  member text,
  epoch bigint not null default 0,
  expires_at timestamptz not null default '-infinity',
  primary key (group_name, topic, partition)
) with (fillfactor = 50);

-- The progress that groups report. For lag and retention; where to continue is in the consumer's own schema.
create table {{schema}}.group_position (
  group_name text not null,
  topic text not null,
  partition int not null,
  next_offset bigint,
  reported_at timestamptz not null default now(),
  primary key (group_name, topic, partition)
) with (fillfactor = 50);
