/** What a problem of a service means and what mends it, by the words and codes in which services and connections state it. */

export interface Remedy {
  cause: string;
  remedy: string;
}

/** The first that fits: what is wrong with Postgres also stands behind a log that is kept in it. */
const remedies: readonly (readonly [pattern: RegExp, cause: string, remedy: string])[] = [
  [
    /does not answer \(ECONNREFUSED/,
    'nothing listens there',
    'Start it: npx -y pnpm@12 start for all; or correct THROUGHLINE_HOST and its port.',
  ],
  [
    /does not answer \((ENOTFOUND|EAI_AGAIN)/,
    'the name of its host is not known',
    'Correct THROUGHLINE_HOST, or make its name known to DNS.',
  ],
  [
    /53100|disk is full/,
    'the disk of Postgres is full',
    'Free some space on the disk of Postgres; the services resume by themselves.',
  ],
  [
    /fsync_off|full_page_writes_off/,
    'Postgres does not write durably',
    'Switch the setting on in postgresql.conf, and reload.',
  ],
  [/clock/, 'the clocks of the machines differ', 'Synchronize the clocks of ingest and Postgres by NTP.'],
  [
    /database: |database_unavailable/,
    'Postgres does not answer',
    'Start Postgres, or see its load and its log, which is postgres/server.log in THROUGHLINE_HOME where start brought it along; ' +
      'throughline doctor tests that of DATABASE_URL.',
  ],
  [
    /\blog: |log_unavailable/,
    'the event log does not answer',
    'See the brokers of KAFKA_BROKERS, or Postgres where they are not set: throughline doctor tests them.',
  ],
  [/no answer in time/, 'the process is blocked or overloaded', 'See its log, and the load of the machine.'],
];

/** Null where nothing is known of it. */
export function findRemedy(problem: string): Remedy | null {
  const known = remedies.find(([pattern]) => pattern.test(problem));
  return known === undefined ? null : { cause: known[1], remedy: known[2] };
}

/** As a sentence for a person, or nothing. */
export function remedyText(problem: string): string {
  const found = findRemedy(problem);
  if (found === null) return '';
  return `${found.cause.charAt(0).toUpperCase()}${found.cause.slice(1)}. ${found.remedy}`;
}
