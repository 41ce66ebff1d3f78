/** Prints an erasure, as it is or once it is done, and says how the command ends. */
import { setTimeout as pause } from 'node:timers/promises';
import { readAnswer } from '../ask-service.ts';
import { type Erasure, erasureSchema, erasureText, isDone } from '../core/erasure-text.ts';
import type { AskIdentity } from '../identity-access.ts';

const pollMs = 500;

/**
 * @param printing `waitMs`: how long it is followed; null for not at all
 * @returns the exit code
 */
export async function printErasure(
  ask: AskIdentity,
  requested: Erasure,
  { json, waitMs }: { json: boolean; waitMs: number | null },
): Promise<number> {
  const isFollowed = waitMs !== null && !isDone(requested);
  if (isFollowed) console.error(`erasure ${requested.id} is requested; it continues when the command ends`);
  const erasure = isFollowed ? await follow(ask, requested, Date.now() + waitMs) : requested;
  console.log(json ? JSON.stringify(erasure, null, 2) : erasureText(erasure));
  return isFollowed && !isDone(erasure) ? 2 : 0;
}

/** What would be taken. @returns the exit code, since nothing is */
export function printUntaken(subject: object, text: string, json: boolean): number {
  if (json) console.log(JSON.stringify({ erased: false, ...subject }, null, 2));
  else console.error(`${text}\nNothing is erased: with --yes it is, and cannot be taken back.`);
  return 1;
}

/** @returns the erasure when it is done, or as it was at the deadline */
async function follow(ask: AskIdentity, requested: Erasure, deadline: number): Promise<Erasure> {
  for (let erasure = requested; ;) {
    if (isDone(erasure) || Date.now() >= deadline) return erasure;
    await pause(Math.min(pollMs, Math.max(0, deadline - Date.now())));
    erasure = await readAnswer(ask(erasurePath(requested.id)), erasureSchema);
  }
}

export function erasurePath(id: string, rest = ''): string {
  return `/v1/erasures/${encodeURIComponent(id)}${rest}`;
}
