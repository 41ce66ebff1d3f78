/**
 * Decides rejected items again, by jobs that operators make. Any number of processes may run it; one page of a job is
 * decided by one of them at a time.
 *
 * 1. A page is leased, and its progress is saved only under that lease. A process that ends leaves a lease that ends too,
 *    and the page is decided again: ids make that harmless.
 * 2. Newest first, up to the moment when the job was made. What is refused again is not stored again, so a job ends.
 * 3. The log or the database being away fails the page, never the job.
 */
import { randomUUID } from 'node:crypto';
import { AppError, problemCodes } from '@throughline/contracts';
import { loggableError, type Logger } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { findRejectedPage, type RejectedFilter, type RejectedListRow } from '../db/find-rejected-page.ts';
import { findRejected } from '../db/find-rejected.ts';
import { claimResubmission, saveDecidedPage } from '../db/save-resubmission.ts';
import type { ResubmissionRow } from '../db/schema.ts';
import type { Receiver } from '../receive/receive-items.ts';
import { storedRequest } from '../receive/stored-request.ts';

/** An item may have the 5 MiB of an imported line, so few are held at one time. */
const itemsAtOnce = 5;
const itemsPerPage = 100;
const leaseSeconds = 60;
const pollMs = 5_000;

export interface ResubmissionParts {
  database: NodePgDatabase;
  receiver: Receiver;
  logger: Logger;
}

type Outcome = { rejectionId: string; accepted: true } | { accepted: false; code: string };

/** To be woken when a job was made. Stopped, it saves the page that is being decided. */
export function startResubmissions(parts: ResubmissionParts): WorkLoop {
  return startWorkLoop(async () => {
    try {
      return (await decidePage(parts)) ? 0 : pollMs;
    } catch (error) {
      parts.logger.warn(
        { event: 'resubmission.failed', err: loggableError(error) },
        'rejected items could not be decided again; tried again later',
      );
      return pollMs;
    }
  });
}

/** False when there was nothing to do. */
async function decidePage(parts: ResubmissionParts): Promise<boolean> {
  const { database, logger } = parts;
  const job = await claimResubmission(database, randomUUID(), leaseSeconds);
  if (job === null) return false;
  const { rows, next } = await findRejectedPage(database, filterOf(job), positionOf(job), itemsPerPage);
  const { outcomes, failure } = await decideRows(parts, rows, job);
  if (failure !== null) {
    const { resubmissionId } = job;
    logger.warn(
      { event: 'resubmission.failed', resubmission: resubmissionId, err: loggableError(failure) },
      'a page of a resubmission could not be decided; tried again later',
    );
  }
  const accepted = outcomes.filter((outcome) => outcome.accepted);
  const refused = { ...job.refused };
  for (const outcome of failure === null ? outcomes : []) {
    if (!outcome.accepted) refused[outcome.code] = (refused[outcome.code] ?? 0) + 1;
  }
  // What a failed dry run found would be found, and counted, once more.
  const isCounted = failure === null || !job.isDryRun;
  await saveDecidedPage(database, job, {
    acceptedIds: job.isDryRun ? [] : accepted.map(({ rejectionId }) => rejectionId),
    accepted: job.accepted + (isCounted ? accepted.length : 0),
    refused,
    next,
    failure: failure === null ? null : failure.message,
  });
  return true;
}

/** Ends at the first failure, when those under way beside it are decided. */
async function decideRows(
  parts: ResubmissionParts,
  rows: readonly RejectedListRow[],
  job: ResubmissionRow,
): Promise<{ outcomes: Outcome[]; failure: Error | null }> {
  const outcomes: Outcome[] = [];
  for (let start = 0; start < rows.length; start += itemsAtOnce) {
    const some = rows.slice(start, start + itemsAtOnce);
    const settled = await Promise.allSettled(some.map((row) => decideAgain(parts, row, job)));
    for (const result of settled) {
      if (result.status === 'fulfilled' && result.value !== null) outcomes.push(result.value);
    }
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      const reason: unknown = failed.reason;
      return { outcomes, failure: reason instanceof Error ? reason : new Error(String(reason)) };
    }
  }
  return { outcomes, failure: null };
}

/** Null for an item whose retention has ended meanwhile. @throws what may pass: the log or the database is away */
async function decideAgain(
  { database, receiver }: ResubmissionParts,
  { rejectionId }: RejectedListRow,
  { resubmissionId, isDryRun }: ResubmissionRow,
): Promise<Outcome | null> {
  const stored = await findRejected(database, rejectionId);
  if (stored === null) return null;
  try {
    const request = storedRequest(stored, resubmissionId);
    const answer = await (isDryRun ? receiver.decide(request) : receiver.receive(request));
    if (answer.accepted > 0) return { rejectionId, accepted: true };
    return { accepted: false, code: answer.rejected[0]?.code ?? stored.code };
  } catch (error) {
    if (error instanceof AppError && problemCodes[error.code].status < 500) {
      return { accepted: false, code: error.code };
    }
    throw error;
  }
}

function filterOf({ source, code, receivedFrom, receivedTo }: ResubmissionRow): RejectedFilter {
  return {
    source: source ?? undefined,
    code: code ?? undefined,
    from: receivedFrom ?? undefined,
    to: receivedTo,
    isPending: true,
  };
}

function positionOf({ positionReceivedAt: receivedAt, positionRejectionId: rejectionId }: ResubmissionRow) {
  return receivedAt === null || rejectionId === null ? null : { receivedAt, rejectionId };
}
