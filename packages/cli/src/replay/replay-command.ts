/** `throughline replay`: what it does, and what it says. */
import { statSync } from 'node:fs';
import { UsageError, type CliConfig } from '../config.ts';
import { compileMapping, type CompiledMapping } from '../core/compile-mapping.ts';
import { fileStart, type Position } from '../core/position.ts';
import { formatCount } from '../core/progress-text.ts';
import { decideResume, type ReplayIdentity, type ReplayState } from '../core/replay-state.ts';
import { dryRun } from './dry-run.ts';
import { guessMappingFile } from './guess-mapping-file.ts';
import { lockFiles } from './lock-file.ts';
import { parseReplayArguments, type ReplayArguments } from './replay-arguments.ts';
import { openBatches } from './open-batches.ts';
import type { OpenedText } from './open-text.ts';
import { reportEnd, reportFinishedBefore, sum } from './report-replay.ts';
import { runReplay, type ReplayEnd } from './run-replay.ts';
import { showProgress, type ProgressDisplay } from './show-progress.ts';
import { checkPlaces, checkSource } from './check-places.ts';
import { readStateFile, removeStateFile } from './state-file.ts';

/** Returns the exit code. @throws UsageError */
export async function replayCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const replay = parseReplayArguments(argv, config);
  if ('guess' in replay) {
    checkSource(replay.guess.file);
    return await guessMappingFile(replay.guess);
  }
  const compiled = compileMapping(replay.loaded.mapping);
  checkSource(replay.file);
  if (replay.dryRunRows !== null) return await dryRun(replay, compiled, replay.dryRunRows);
  checkPlaces(replay);
  const release = lockFiles([replay.stateFile, replay.rejectsFile]);
  try {
    const identity = identityOf(replay);
    const from = findStart(replay, identity);
    if (from === 'finished') return 0;
    if (replay.key === undefined) {
      throw new UsageError(
        `No key: set THROUGHLINE_SERVER_KEY, or give --key; ${config.keysFile} holds none.`,
      );
    }
    const end = await sendFile(
      { ...replay, key: replay.key },
      compiled,
      { identity, from },
      config.canRedraw,
    );
    return reportEnd(end, replay);
  } finally {
    release();
  }
}

async function sendFile(
  replay: ReplayArguments & { key: string },
  compiled: CompiledMapping,
  { identity, from }: { identity: ReplayIdentity; from: ReplayState | null },
  canRedraw: boolean,
): Promise<ReplayEnd> {
  const { batches, text } = await openBatches(
    replay.file,
    replay.loaded.mapping,
    compiled,
    from?.position ?? fileStart,
  );
  const stopping = new AbortController();
  const shareOf = createShare(identity.file.sizeBytes, text);
  const begin = {
    acknowledged: (from?.accepted ?? 0) + sum(from?.rejected ?? {}),
    share: from === null ? 0 : shareOf(from.position),
  };
  const display = showProgress(process.stderr, begin, canRedraw);
  const endWatch = watchInterrupts(stopping, display);
  const end = await runReplay({
    identity,
    from,
    stateFile: replay.stateFile,
    batches,
    sender: {
      ingestUrl: replay.ingestUrl,
      key: replay.key,
      patienceMs: replay.patienceMs,
      stopping: stopping.signal,
      onWaiting: (why) => {
        if (!stopping.signal.aborted) display.wait(why);
      },
    },
    concurrency: replay.concurrency,
    onAcknowledged: ({ accepted, rejected }, position) =>
      display.update({ accepted, rejected: sum(rejected), share: shareOf(position) }),
  }).finally(endWatch);
  display.stop();
  return end;
}

function identityOf(replay: ReplayArguments): ReplayIdentity {
  const stat = statSync(replay.file);
  return {
    file: { sizeBytes: stat.size, modifiedAt: stat.mtime.toISOString() },
    mapping: replay.loaded.hash,
    ingest: replay.ingestUrl,
    rejectsFile: replay.rejectsFile,
  };
}

function findStart(replay: ReplayArguments, identity: ReplayIdentity): ReplayState | null | 'finished' {
  if (replay.restart) removeStateFile(replay.stateFile);
  const decision = decideResume(readStateFile(replay.stateFile), identity);
  switch (decision.kind) {
    case 'start':
      return null;
    case 'resume':
      console.error(`Resumes after row ${formatCount(decision.state.position.rows)}.`);
      return decision.state;
    case 'finished':
      reportFinishedBefore(decision.state, replay);
      return 'finished';
    case 'mismatch':
      throw new UsageError(
        `${replay.stateFile} is about another replay: ${decision.reasons.join('; ')}.\n` +
          'Start over with --restart (what was sent before counts once), or name another with --state.',
      );
    default:
      return decision satisfies never;
  }
}

/** How much of the file is acknowledged, in [0, 1]. */
function createShare(sizeBytes: number, text: OpenedText): (position: Position | null) => number {
  let share = 0;
  return (position) => {
    if (sizeBytes === 0) return 1;
    if (position !== null) share = Math.min(1, text.fileBytesAt(position.bytes) / sizeBytes);
    return share;
  };
}

/** The first interrupt lets the batches in flight end, a second does not wait. Returns what removes the listeners. */
function watchInterrupts(stopping: AbortController, display: ProgressDisplay): () => void {
  const onSignal = (): void => {
    if (stopping.signal.aborted) {
      display.stop();
      process.exit(130);
    }
    stopping.abort();
    display.wait('requests in flight (Ctrl-C: ends at once)');
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}
