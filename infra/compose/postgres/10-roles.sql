-- One login role a service, which owns the schema of that service and can do nothing else: a service that is taken over
-- reads its own tables, and neither another service's nor the server's files. One table is shared: the digests of keys, which
-- ingest's own migration lets the others read.
--
-- Run by the Postgres image when the volume is empty. Safe to run again, which is how a password is changed.

\getenv ingest_password THROUGHLINE_INGEST_DATABASE_PASSWORD
\getenv identity_password THROUGHLINE_IDENTITY_DATABASE_PASSWORD
\getenv metrics_password THROUGHLINE_METRICS_DATABASE_PASSWORD

do $roles$
declare
  service text;
  service_role text;
begin
  execute format('revoke all on database %I from public', current_database());
  foreach service in array array['ingest', 'identity', 'metrics'] loop
    service_role := 'throughline_' || service;
    if not exists (select from pg_roles where rolname = service_role) then
      execute format('create role %I', service_role);
    end if;
    execute format(
      'alter role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls', service_role);
    -- Not CREATE, which would allow further schemas. TEMPORARY is what verifications of figures work in.
    execute format('grant connect, temporary on database %I to %I', current_database(), service_role);
    execute format('create schema if not exists %I authorization %I', service, service_role);
  end loop;
end
$roles$;

-- Who reads figures: see infra/docs/reporting.md. Metrics makes the views and lets this role read them.
do $reporting$
begin
  if not exists (select from pg_roles where rolname = 'throughline_reporting') then
    create role throughline_reporting nologin;
  end if;
  create schema if not exists reporting authorization throughline_metrics;
end
$reporting$;

revoke all on schema public from public;

alter role throughline_ingest password :'ingest_password';
alter role throughline_identity password :'identity_password';
alter role throughline_metrics password :'metrics_password';
