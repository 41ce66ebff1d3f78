/** The Postgres of `DATABASE_URL`: reached, new enough, durable, writable, with a clock that agrees with this machine's. */
import { createPool, findDurability } from '@throughline/postgres';
import type { CliConfig } from '../config.ts';
import { explainDatabaseFault } from '../core/doctor/explain-database-fault.ts';
import { ok, type Finding } from '../core/doctor/finding.ts';

type Pool = ReturnType<typeof createPool>;

const oldestMajor = 15;
const clockSkewMaxMs = 60_000;
const allowVariable = 'THROUGHLINE_ALLOW_NON_DURABLE_DATABASE';

export async function checkDatabase({ environment }: CliConfig): Promise<Finding[]> {
  const connectionString = environment['DATABASE_URL'] ?? '';
  if (connectionString === '') return [ok('database', 'embedded: start brings it up, and writes durably')];
  const where = addressOf(connectionString);
  if (where === null) {
    const message = 'DATABASE_URL is no address of a Postgres';
    const remedy =
      'It reads postgres://user:password@host:5432/database; special characters are percent-encoded.';
    return [{ check: 'database', state: 'fault', message, remedy }];
  }
  const pool = createPool({
    connectionString,
    applicationName: 'throughline-doctor',
    max: 1,
    statementTimeoutMs: 5_000,
    onError: () => {},
  });
  try {
    return [
      ...(await checkServer(pool, where)),
      ...(await checkDurability(pool, environment[allowVariable] === 'true')),
      await checkClock(pool),
    ];
  } catch (error) {
    return [{ check: 'database', state: 'fault', ...explainDatabaseFault(error, where) }];
  } finally {
    await pool.end();
  }
}

/** Without user and password; null for what is no URL of Postgres. */
function addressOf(connectionString: string): string | null {
  if (!URL.canParse(connectionString)) return null;
  const { protocol, host, pathname } = new URL(connectionString);
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') return null;
  return `${host === '' ? 'localhost' : host}${pathname}`;
}

async function checkServer(pool: Pool, where: string): Promise<Finding[]> {
  const { rows } = await pool.query<{
    version: number;
    name: string;
    isReadOnly: boolean;
    mayCreate: boolean;
  }>(`
select current_setting('server_version_num')::int4 as version, current_setting('server_version') as name,
  current_setting('transaction_read_only') = 'on' as "isReadOnly",
  has_database_privilege(current_database(), 'CREATE')
    or exists (select from pg_namespace where nspname in ('ingest', 'identity', 'metrics', 'event_log')) as "mayCreate"`);
  const [server] = rows;
  if (server === undefined) return [];
  const faults: Finding[] = [];
  const fault = (message: string, remedy: string): number =>
    faults.push({ check: 'database', state: 'fault', message, remedy });
  if (server.version < oldestMajor * 10_000) {
    fault(`Postgres ${server.name} at ${where} is too old`, `Use Postgres ${oldestMajor} or newer.`);
  }
  if (server.isReadOnly) {
    fault(
      `Postgres at ${where} accepts no writes`,
      'Name the primary in DATABASE_URL, not a replica; or set default_transaction_read_only to off.',
    );
  }
  if (!server.mayCreate) {
    fault(
      `the user of DATABASE_URL can create no schema in ${where}`,
      'Grant it CREATE on the database, or use the roles of infra/compose/postgres/10-roles.sql.',
    );
  }
  return faults.length > 0 ? faults : [ok('database', `Postgres ${server.name} at ${where} answers`)];
}

async function checkDurability(pool: Pool, isAllowed: boolean): Promise<Finding[]> {
  const { lossySettings, isCommitCorrected } = await findDurability(pool);
  const findings: Finding[] = lossySettings.map((name) => ({
    check: 'database',
    state: isAllowed ? 'warning' : 'fault',
    message: `Postgres does not write durably: ${name} is off, so a crash of its machine can lose what was acknowledged`,
    remedy: isAllowed
      ? `${allowVariable} accepts the loss. Never in production: alter system set ${name} = on; select pg_reload_conf();`
      : `alter system set ${name} = on; select pg_reload_conf();`,
  }));
  if (isCommitCorrected) {
    findings.push({
      check: 'database',
      state: 'warning',
      message:
        'synchronous_commit is off in this Postgres; the services switch it on for their own connections',
      remedy:
        'alter system set synchronous_commit = on; select pg_reload_conf(); or reset it for the role or database.',
    });
  }
  return findings;
}

async function checkClock(pool: Pool): Promise<Finding> {
  const sentAt = Date.now();
  const { rows } = await pool.query<{ at: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as at',
  );
  const answeredAt = Date.now();
  const at = rows[0]?.at ?? sentAt;
  const skewMs = at < sentAt ? sentAt - at : at > answeredAt ? answeredAt - at : 0;
  if (Math.abs(skewMs) <= clockSkewMaxMs) return ok('clock', 'this machine and Postgres agree');
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return {
    check: 'clock',
    state: 'fault',
    message: `the clock of this machine is ${Math.round(Math.abs(skewMs) / 1_000)} s ${direction} that of Postgres`,
    remedy: 'Synchronize both by NTP: ingest refuses touchpoints while they differ by more than a minute.',
  };
}
