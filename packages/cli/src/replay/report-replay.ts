/** How a replay ended, for a person or as JSON, and its exit code. */
import { formatCount } from '../core/progress-text.ts';
import type { ReplayState } from '../core/replay-state.ts';
import type { ReplayArguments } from './replay-arguments.ts';
import type { ReplayEnd } from './run-replay.ts';

type Reported = Pick<ReplayArguments, 'file' | 'rejectsFile' | 'json'>;
type Tally = Pick<ReplayState, 'accepted' | 'rejected' | 'skipped'>;

const resumeText = 'The same command resumes from here.';
const repairText = 'Correct the file and start over with --restart: what was sent before counts once.';

export const noRowsText = 'the file has no rows.';

/** Returns the exit code. */
export function reportEnd(end: ReplayEnd, reported: Reported): number {
  if (reported.json) printJson(end.kind, end.tally, reported, end.kind === 'stopped' ? end.why : null);
  const rejected = sum(end.tally.rejected);
  const where = rejected > 0 ? `\nWhat was refused is in ${reported.rejectsFile}` : '';
  switch (end.kind) {
    case 'finished':
      if (!reported.json) {
        const isEmpty = end.tally.accepted + rejected + end.tally.skipped === 0;
        console.log(isEmpty ? `Done: ${noRowsText}` : `Done: ${tallyText(end.tally)}.${where}`);
      }
      return rejected > 0 ? 2 : 0;
    case 'interrupted':
      if (!reported.json) console.log(`Interrupted: ${tallyText(end.tally)}.${where}\n${resumeText}`);
      return 130;
    case 'stopped':
      console.error(
        `Stopped: ${end.why}.\nUntil then: ${tallyText(end.tally)}.${where}\n${end.isOfFile ? repairText : resumeText}`,
      );
      return 1;
    default:
      return end satisfies never;
  }
}

/** Of a file that was sent by an earlier call. */
export function reportFinishedBefore(state: ReplayState, reported: Reported): void {
  if (reported.json) printJson('finished', state, reported, null);
  else {
    console.log(
      `${reported.file} was acknowledged as a whole: ${tallyText(state)}. --restart sends it again; it would count once.`,
    );
  }
}

function printJson(
  outcome: ReplayEnd['kind'],
  { accepted, rejected, skipped }: Tally,
  { rejectsFile }: Reported,
  why: string | null,
): void {
  const keptIn = sum(rejected) > 0 ? rejectsFile : null;
  console.log(JSON.stringify({ outcome, accepted, rejected, skipped, rejectsFile: keptIn, why }, null, 2));
}

function tallyText({ accepted, rejected, skipped }: Tally): string {
  const codes = Object.entries(rejected).map(([code, count]) => `${formatCount(count)} ${code}`);
  const refused = codes.length === 0 ? '' : ` (${codes.join(', ')})`;
  return `${formatCount(accepted)} accepted, ${formatCount(sum(rejected))} rejected${refused}${skipped === 0 ? '' : `, ${formatCount(skipped)} rows left out`}`;
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
