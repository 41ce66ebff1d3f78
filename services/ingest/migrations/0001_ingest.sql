-- What was received but cannot be used, and conflicts, with the reason and the text, until the retention ends.
create table {{schema}}.rejected_touchpoint (
  rejection_id uuid primary key,
  received_at timestamptz not null,
  source text not null,
  -- public or server; null for records older than the field.
  trust text,
  request_id text not null,
  route text not null,
  item_index int not null,
  touchpoint_id text,
  code text not null,
  field text not null,
  message text not null,
  -- Text and not jsonb: what is kept here is what jsonb may refuse.
  body text not null,
  body_encoding text not null check (body_encoding in ('json', 'base64')),
  -- Of a conflict: the touchpoint that came first and stands.
  standing_body text,
  stored_at timestamptz not null default now(),
  -- When it was decided again and accepted.
  replayed_at timestamptz
);

alter table {{schema}}.rejected_touchpoint alter column body set compression pglz;
alter table {{schema}}.rejected_touchpoint alter column standing_body set compression pglz;

-- The order of the list, and its cursor.
create index rejected_touchpoint_received on {{schema}}.rejected_touchpoint (received_at desc, rejection_id desc);

-- The order of the retention.
create index rejected_touchpoint_stored on {{schema}}.rejected_touchpoint (stored_at);

-- How many items were rejected, by the hour of their receipt.
create table {{schema}}.rejected_count (
  hour timestamptz not null,
  source text collate "C" not null,
  code text collate "C" not null,
  items bigint not null,
  primary key (hour, source, code)
);

-- Many rejected items that are decided again: a job that any process takes up where it was left.
create table {{schema}}.resubmission (
  resubmission_id uuid primary key,
  -- Which items: what is null does not restrict.
  source text,
  code text,
  received_from timestamptz,
  received_to timestamptz not null,
  is_dry_run boolean not null,
  state text not null check (state in ('running', 'done', 'cancelled')),
  items_at_most bigint not null,
  accepted bigint not null default 0,
  -- By the code of the reason.
  refused jsonb not null default '{}',
  -- The item that was decided last, newest first; null before the first.
  position_received_at timestamptz,
  position_rejection_id uuid,
  -- Of the process that decides the next items, and until when no other does.
  lease_id uuid,
  leased_until timestamptz not null default now(),
  -- Why the next items could not be decided.
  failure text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz
);

-- The order of the list, and of the retention.
create index resubmission_created on {{schema}}.resubmission (created_at);

-- Numbers of receipts that tills sent, whatever became of them: what is not here has never come.
create table {{schema}}.receipt_number (
  store text collate "C" not null,
  business_day date not null,
  source text collate "C" not null,
  register text collate "C" not null,
  sequence bigint not null,
  state text collate "C" not null check (state in ('accepted', 'kept_apart', 'rejected')),
  -- Empty where a rejected receipt says none.
  touchpoint_id text collate "C" not null,
  body_hash text collate "C" not null,
  received_at timestamptz not null,
  stored_at timestamptz not null default now(),
  primary key (store, business_day, source, register, sequence, state, touchpoint_id, body_hash)
);

-- The order of the retention.
create index receipt_number_stored on {{schema}}.receipt_number (stored_at);

-- What may send, beside the sources of the environment.
create table {{schema}}.source (
  name text collate "C" primary key,
  trust text not null check (trust in ('public', 'server')),
  settings jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  disabled_at timestamptz
);

-- Keys that operators made. The key itself is nowhere.
create table {{schema}}.api_key (
  key_id uuid primary key,
  -- SHA-256
  digest bytea not null unique,
  -- The first characters of the key, by which a person recognizes it.
  hint text not null,
  scope text not null check (scope in ('write', 'server', 'read', 'admin')),
  source text collate "C" not null,
  -- Of a read key that shows parts of profiles only: which. And whether it may look for people by name.
  fields text[],
  may_search boolean not null default false,
  note text not null,
  created_at timestamptz not null default now(),
  -- Of a key that was replaced: the end of its grace period.
  expires_at timestamptz,
  replaced_by uuid,
  disabled_at timestamptz
);

create index api_key_source on {{schema}}.api_key (source);

-- The one table that services share: the others read it, to know the keys that open them.
do $$
declare
  reader text;
begin
  foreach reader in array array['throughline_identity', 'throughline_metrics'] loop
    if exists (select from pg_roles where rolname = reader) then
      execute format('grant usage on schema {{schema}} to %I', reader);
      execute format('grant select on {{schema}}.api_key to %I', reader);
    end if;
  end loop;
end
$$;

-- What erasures have removed is recognized in rejected items that come later, by hashes of the values that they named.
create table {{schema}}.erased_word (
  erasure uuid not null,
  -- HMAC-SHA256 under the salt, cut to its size.
  hash uuid not null,
  -- What was received by then goes.
  received_by timestamptz not null,
  primary key (hash, erasure)
);
create index erased_word_received_by on {{schema}}.erased_word (received_by);

create table {{schema}}.erasure_salt (
  singleton boolean primary key default true check (singleton),
  salt text not null default gen_random_uuid()::text || gen_random_uuid()::text
);
insert into {{schema}}.erasure_salt default values;
