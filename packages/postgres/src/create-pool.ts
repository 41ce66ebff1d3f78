/**
 * The one way to a connection pool: UTC, a statement timeout, commits that wait for the disk, numbers for int8, and no error
 * event without a listener.
 */
import { Pool, types } from 'pg';
import { correctCommit } from './durability.ts';

export interface PoolOptions {
  connectionString: string;
  applicationName: string;
  /** Most connections. Default 10. */
  max?: number;
  /** The server gives up a statement after this long. Default 30,000; 0 is never. */
  statementTimeoutMs?: number;
  /**
   * The server ends a session that does nothing inside a transaction for this long, and frees its locks: without it a
   * process that is stopped, not dead, blocks every other one that needs a row it has locked. Default 30,000; 0 is never.
   */
  idleInTransactionTimeoutMs?: number;
  /**
   * Statements that are begun before the ones before them are answered are sent at once, and executed in that order. One that
   * fails inside a transaction makes those behind it fail too. Default false.
   */
  pipeline?: boolean;
  /** Called for connections that broke outside of a query; the pool replaces them by itself. */
  onError: (error: Error) => void;
}

const int8 = 20;
const date = 1082;
const textArray = 1009;
const int8Array = 1016;
const dateArray = 1182;

/**
 * Values come back as `pg` has them, but for three types: int8 is a number (offsets and counts are; a value past the
 * safe integers fails the query, since a rounded one would be believed), numeric stays text, and date stays
 * `YYYY-MM-DD` (the default turns it into an instant at local midnight, which is another day elsewhere).
 */
export function createPool(options: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: withSessionSettings(options),
    application_name: options.applicationName,
    max: options.max ?? 10,
    pipeline: options.pipeline ?? false,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: { getTypeParser: findTypeParser },
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool awaits it; its types do not say so
    onConnect: correctCommit,
  });
  // `end` resolves before the sockets are closed: what breaks from there on does not matter.
  const report = (error: Error): void => {
    if (!pool.ending) options.onError(error);
  };
  pool.on('error', report);
  // The pool listens to idle clients only: one that breaks while it is checked out, between two queries, would
  // otherwise end the process.
  pool.on('connect', (client) => client.on('error', report));
  return pool;
}

/** As startup options, so that they hold from the first statement without a round trip. */
function withSessionSettings(options: PoolOptions): string {
  const url = new URL(options.connectionString);
  const { statementTimeoutMs = 30_000, idleInTransactionTimeoutMs = 30_000 } = options;
  const own = [
    '-c TimeZone=UTC',
    `-c statement_timeout=${statementTimeoutMs}`,
    `-c idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
  ].join(' ');
  const given = url.searchParams.get('options');
  url.searchParams.set('options', given === null ? own : `${own} ${given}`);
  return url.href;
}

function findTypeParser(oid: number, format?: 'text' | 'binary') {
  if (format === 'binary') return types.getTypeParser(oid, 'binary');
  if (oid === int8) return parseInt8;
  if (oid === date) return keepText;
  if (oid === int8Array) return parseInt8Array;
  return defaultParser(oid === dateArray ? textArray : oid);
}

/** Their types know no array types; the parsers do. */
function defaultParser(oid: number): (text: string) => unknown {
  return (types.getTypeParser as (id: number, format: 'text') => (text: string) => unknown)(oid, 'text');
}

function parseInt8Array(text: string): (number | null)[] {
  const items = defaultParser(textArray)(text) as (string | null)[];
  return items.map((item) => (item === null ? null : parseInt8(item)));
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} is not a safe integer`);
  return value;
}

function keepText(text: string): string {
  return text;
}
