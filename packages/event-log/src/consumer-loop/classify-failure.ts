/**
 * The cause of a failed batch decides what follows: only a cause of its own is looked for in its records. Pure.
 *
 * - `interrupted`: the partition was taken away, the process stops, or the fence refused. Not a fault.
 * - `environment`: the database cannot work, whatever it is given: full disk, missing table, missing right.
 * - `connection`: the connection was lost. Mostly a restart of the database; repeated at one offset, the batch's own.
 * - `contention`: another transaction was in the way, ten times. Fewer records need fewer locks.
 * - `own`: everything else, such as a value out of range, a statement timeout, a `RangeError`, out of memory.
 */
import { RetryTransaction } from '@throughline/postgres';
import { OffsetWentBack } from '../consumer/consume-in-transaction.ts';

export type FailureKind = 'interrupted' | 'environment' | 'connection' | 'contention' | 'own';

const maxDepth = 5;
const connectionMessage =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded)/;

export function classifyFailure(error: unknown, signal: AbortSignal): FailureKind {
  if (signal.aborted) return 'interrupted';
  for (let current = error, depth = 0; current instanceof Error && depth < maxDepth; depth++) {
    const kind = kindOf(current);
    if (kind !== null) return kind;
    current = current.cause;
  }
  return 'own';
}

function kindOf(error: Error): FailureKind | null {
  if (error instanceof OffsetWentBack || error.name === 'AbortError') return 'interrupted';
  if (error instanceof RetryTransaction) return 'contention';
  if (connectionMessage.test(error.message)) return 'connection';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? kindOfCode(code) : null;
}

/** SQLSTATE of PostgreSQL's appendix A, or the code of a socket's error. */
function kindOfCode(code: string): FailureKind | null {
  if (/^(ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOST|EAI_|08)/.test(code)) return 'connection';
  // The server ended the session: shutdown, crash of a neighbour, idle in transaction, dropped database.
  if (code.startsWith('57P0') || code === '25P03') return 'connection';
  if (/^(40001|40P01|55P03)$/.test(code)) return 'contention';
  // Of class 53, 53200 (out of memory) and 53400 (a limit was exceeded) may be the work of one record.
  if (/^(53100|53300)$/.test(code)) return 'environment';
  // Read only; wrong login; missing database or schema; missing table, column or right; disk and files.
  if (/^(25006|28|3D|3F|42501|42P01|42703|42883|58)/.test(code)) return 'environment';
  return null;
}

/** For the dead letter, which lies in the same table as the record itself; never for a log. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${failureName(error)}: ${error.message}`;
}

/** Name and code alone: messages quote values. */
export function failureName(error: unknown): string {
  if (!(error instanceof Error)) return 'not an error';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}
