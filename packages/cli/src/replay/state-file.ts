/** The state of a replay beside its file, replaced as a whole: a crash leaves the one before or this one. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { UsageError } from '../config.ts';
import { replayStateSchema, type ReplayState } from '../core/replay-state.ts';

/** Null when there is none. @throws UsageError when it cannot be read */
export function readStateFile(file: string): ReplayState | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return replayStateSchema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(
      `${file} is not a state of a replay. Name another with --state, or start over with --restart.`,
    );
  }
}

export function writeStateFile(file: string, state: ReplayState): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { flush: true });
  renameSync(draft, file);
}

export function removeStateFile(file: string): void {
  rmSync(file, { force: true });
}
