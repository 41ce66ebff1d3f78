/**
 * A replay: batches of the file, a few in flight at a time, to ingest. What is acknowledged without a gap from the file's
 * beginning is written down, rejects first, so a replay that resumes, also after a SIGKILL, sends everything that was
 * not acknowledged and perhaps a little that was: that little has the same ids, and counts once.
 */
import { createAcknowledgedOrder } from '../core/acknowledged-order.ts';
import type { Batch } from '../core/build-batches.ts';
import type { RejectedAnswer } from '../core/decide-answer.ts';
import type { Position } from '../core/position.ts';
import type { ReplayIdentity, ReplayState } from '../core/replay-state.ts';
import { openRejectsFile, rejectLines } from './rejects-file.ts';
import { sendBatch, type SenderOptions } from './send-batch.ts';
import { writeStateFile } from './state-file.ts';

export interface ReplayOptions {
  identity: ReplayIdentity;
  /** Where to resume; null for the beginning. */
  from: ReplayState | null;
  stateFile: string;
  batches: AsyncIterable<Batch>;
  sender: SenderOptions;
  concurrency: number;
  onAcknowledged: (tally: Tally, position: Position | null) => void;
}

interface Tally {
  accepted: number;
  rejected: Record<string, number>;
  skipped: number;
}

export type ReplayEnd =
  | { kind: 'finished'; tally: Tally }
  | { kind: 'interrupted'; tally: Tally }
  /** `isOfFile`: the same file would stop it again. */
  | { kind: 'stopped'; why: string; isOfFile: boolean; tally: Tally };

const saveEveryMs = 500;

export async function runReplay(options: ReplayOptions): Promise<ReplayEnd> {
  const { concurrency, batches } = options;
  const ledger = openLedger(options);
  const inFlight = new Set<Promise<void>>();
  const halt = new AbortController();
  // One batch that cannot be sent ends the waiting of all.
  const stopping = AbortSignal.any([options.sender.stopping, halt.signal]);
  let stop: { why: string; isOfFile: boolean } | null = null as { why: string; isOfFile: boolean } | null;
  let isGivenUp = false;
  const stopFor = (why: string, isOfFile = false): void => {
    stop ??= { why, isOfFile };
    halt.abort();
  };

  async function send(sequence: number, batch: Batch): Promise<void> {
    const outcome = await sendBatch(batch, { ...options.sender, stopping });
    if (outcome.kind === 'acknowledged') ledger.acknowledge(sequence, batch, outcome.rejected);
    else if (outcome.kind === 'stop') stopFor(`${outcome.why} (rows ${rowsOf(batch)})`);
    else isGivenUp = true;
  }

  try {
    let sequence = 0;
    for await (const batch of batches) {
      while (inFlight.size >= concurrency && !stopping.aborted) await Promise.race(inFlight);
      if (stopping.aborted) break;
      const sending = send(sequence, batch)
        // Such as a full disk.
        .catch((error: unknown) => stopFor((error as Error).message))
        .finally(() => inFlight.delete(sending));
      inFlight.add(sending);
      sequence += 1;
    }
  } catch (error) {
    stopFor((error as Error).message, true);
  }
  await Promise.all(inFlight);
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- stopFor sets it meanwhile
  const isInterrupted = stop === null && (isGivenUp || stopping.aborted);
  try {
    ledger.close(stop === null && !isInterrupted);
  } catch (error) {
    stopFor((error as Error).message);
  }
  const { tally } = ledger;
  if (stop !== null) return { kind: 'stopped', ...stop, tally };
  return { kind: isInterrupted ? 'interrupted' : 'finished', tally };
}

interface Ledger {
  acknowledge(sequence: number, batch: Batch, rejected: readonly RejectedAnswer[]): void;
  /** The counts up to now. */
  readonly tally: Tally;
  /** Writes the last state. */
  close(isDone: boolean): void;
}

function openLedger({ identity, from, stateFile, onAcknowledged }: ReplayOptions): Ledger {
  const order = createAcknowledgedOrder<{ batch: Batch; rejected: readonly RejectedAnswer[] }>();
  const rejects = openRejectsFile(identity.rejectsFile, from?.rejectsBytes ?? 0);
  const tally: Tally = {
    accepted: from?.accepted ?? 0,
    rejected: { ...from?.rejected },
    skipped: from?.skipped ?? 0,
  };
  // Written down together; between the places where reading can resume, the last such state stands.
  let state: ReplayState | null = null;
  let last: ReplayState | null = from;
  // The first is written at once: it shows that there is a replay to resume.
  let savedAt = Number.NEGATIVE_INFINITY;

  function snapshot(position: Position, done: boolean): ReplayState {
    return {
      version: 1,
      ...identity,
      position,
      done,
      ...structuredClone(tally),
      rejectsBytes: rejects.flush(),
    };
  }

  function save(): void {
    if (state === null) return;
    writeStateFile(stateFile, state);
    last = state;
    state = null;
    savedAt = performance.now();
  }

  return {
    tally,
    acknowledge(sequence, batch, rejected) {
      for (const completed of order.complete(sequence, { batch, rejected })) {
        rejects.append(rejectLines(completed.batch, completed.rejected));
        tally.accepted += completed.batch.items.length - completed.rejected.length;
        tally.skipped += completed.batch.skipped;
        for (const { code } of [...completed.batch.failures, ...completed.rejected]) {
          tally.rejected[code] = (tally.rejected[code] ?? 0) + 1;
        }
        if (completed.batch.end !== null) state = snapshot(completed.batch.end, false);
        onAcknowledged(tally, completed.batch.end);
      }
      if (performance.now() - savedAt >= saveEveryMs) save();
    },
    close(isDone) {
      save();
      const position = last?.position ?? { bytes: 0, lines: 0, rows: 0 };
      if (isDone) writeStateFile(stateFile, snapshot(position, true));
      rejects.close();
    },
  };
}

function rowsOf({ items, failures }: Batch): string {
  const rows = [...items, ...failures].map(({ row }) => row);
  return `${Math.min(...rows)} to ${Math.max(...rows)}`;
}
