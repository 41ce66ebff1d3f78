/**
 * Why Postgres cannot be used, by the codes of the system and of Postgres
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */

export interface DatabaseFault {
  message: string;
  remedy: string;
}

const byCode: Readonly<Record<string, (where: string) => DatabaseFault>> = {
  ECONNREFUSED: (where) => ({
    message: `no Postgres listens at ${where}`,
    remedy: 'Start Postgres, or correct host and port in DATABASE_URL.',
  }),
  ENOTFOUND: (where) => ({
    message: `the host of ${where} is not known`,
    remedy: 'Correct the host in DATABASE_URL, or make it known to DNS.',
  }),
  EAI_AGAIN: (where) => ({
    message: `the host of ${where} could not be looked up`,
    remedy: 'See whether DNS answers, or name an address in DATABASE_URL.',
  }),
  ETIMEDOUT: (where) => ({
    message: `${where} does not answer`,
    remedy: 'See whether the machine is up, and whether a firewall stands between.',
  }),
  '28P01': (where) => ({
    message: `Postgres at ${where} refuses the password`,
    remedy:
      'Correct user and password in DATABASE_URL; characters such as @ and / are percent-encoded there.',
  }),
  '28000': (where) => ({
    message: `Postgres at ${where} refuses this user or this host`,
    remedy: 'Allow it in pg_hba.conf; where TLS is asked for, append ?sslmode=require to DATABASE_URL.',
  }),
  '3D000': (where) => ({
    message: `the database of ${where} does not exist`,
    remedy: 'Create it (createdb), or correct its name in DATABASE_URL.',
  }),
  '42501': (where) => ({
    message: `the user of ${where} lacks a right`,
    remedy: 'Grant it CREATE on the database, or use the roles of infra/compose/postgres/10-roles.sql.',
  }),
  '53100': (where) => ({
    message: `the disk of Postgres at ${where} is full`,
    remedy: 'Free some space on the database server; the services resume by themselves.',
  }),
  '53300': (where) => ({
    message: `Postgres at ${where} has no connection left`,
    remedy: 'Raise max_connections: an instance of a service takes up to 30.',
  }),
  '57P03': (where) => ({
    message: `Postgres at ${where} is starting up, shutting down or recovering`,
    remedy: 'Wait until it accepts connections; where it never does, its own log says why.',
  }),
};

/** `where` is an address without user and password. */
export function explainDatabaseFault(error: unknown, where: string): DatabaseFault {
  const known = codesOf(error)
    .map((code) => byCode[code])
    .find((explain) => explain !== undefined);
  if (known !== undefined) return known(where);
  const { message } = error as Error;
  const isSlow = /timeout/i.test(message);
  if (isSlow) return (byCode['ETIMEDOUT'] as (place: string) => DatabaseFault)(where);
  return {
    message: `Postgres at ${where} cannot be used (${message})`,
    remedy: 'See the log of Postgres.',
  };
}

function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const inner = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return [...(typeof code === 'string' ? [code] : []), ...inner.flatMap((each) => codesOf(each))];
}
