-- A topic that was made anew has another record at the same offset: its dead letter is one more, not a repeat.
create unique index dead_letter_record on {{schema}}.dead_letter
  (group_name, topic, partition, record_offset, sha256(value));

do $$
declare former text;
begin
  select conname into strict former from pg_constraint
  where conrelid = '{{schema}}.dead_letter'::regclass and contype = 'u';
  execute format('alter table {{schema}}.dead_letter drop constraint %I', former);
end $$;
