-- For deployments whose event log is Postgres: its schema belongs to a role without a login, and of which the
-- three services are members. With Kafka this file is not run, and no service shares a table with another.

do $event_log$
declare
  service_role text;
begin
  if not exists (select from pg_roles where rolname = 'throughline_event_log') then
    create role throughline_event_log nologin;
  end if;
  create schema if not exists event_log authorization throughline_event_log;
  foreach service_role in array array['throughline_ingest', 'throughline_identity', 'throughline_metrics'] loop
    execute format('grant throughline_event_log to %I', service_role);
    -- The log's days are tables that whichever service comes first makes, and that any of them drops.
    execute format(
      'alter default privileges for role %I in schema event_log grant all on tables to throughline_event_log',
      service_role);
  end loop;
end
$event_log$;
