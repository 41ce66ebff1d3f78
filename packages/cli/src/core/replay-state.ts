/** Up to where a file is acknowledged, and of which file, mapping and ingest that is true. */
import { z } from 'zod';
import { positionSchema } from './position.ts';

export const replayStateSchema = z.strictObject({
  version: z.literal(1),
  file: z.strictObject({ sizeBytes: z.int(), modifiedAt: z.string() }),
  mapping: z.string(),
  ingest: z.string(),
  position: positionSchema,
  /** The whole file is acknowledged. */
  done: z.boolean(),
  accepted: z.int().nonnegative(),
  /** By code. */
  rejected: z.record(z.string(), z.int().positive()),
  /** Rows that the mapping leaves out. */
  skipped: z.int().nonnegative().default(0),
  rejectsFile: z.string(),
  /** Length of the rejects file at this position: what lies behind it is written again. */
  rejectsBytes: z.int().nonnegative(),
});
export type ReplayState = z.infer<typeof replayStateSchema>;

export type ReplayIdentity = Pick<ReplayState, 'file' | 'mapping' | 'ingest' | 'rejectsFile'>;

export type ResumeDecision =
  | { kind: 'start' }
  | { kind: 'resume'; state: ReplayState }
  | { kind: 'finished'; state: ReplayState }
  | { kind: 'mismatch'; reasons: string[] };

/** Whether what was written down is about this very replay. */
export function decideResume(state: ReplayState | null, now: ReplayIdentity): ResumeDecision {
  if (state === null) return { kind: 'start' };
  const reasons: string[] = [];
  if (state.file.sizeBytes !== now.file.sizeBytes) {
    reasons.push(`the file had ${state.file.sizeBytes} bytes and has ${now.file.sizeBytes}`);
  } else if (state.file.modifiedAt !== now.file.modifiedAt) {
    reasons.push(`the file was changed at ${now.file.modifiedAt}`);
  }
  if (state.mapping !== now.mapping) reasons.push('the mapping is another');
  if (state.ingest !== now.ingest) reasons.push(`it went to ${state.ingest}`);
  if (state.rejectsFile !== now.rejectsFile) reasons.push(`its rejects are in ${state.rejectsFile}`);
  if (reasons.length > 0) return { kind: 'mismatch', reasons };
  return state.done ? { kind: 'finished', state } : { kind: 'resume', state };
}
