/** What a partition's consumer is called, from what is known of it: one word for logs, metrics and the status screen. */
import type { PartitionActivity } from './consumer-activity.ts';

export type ConsumerState = 'consuming' | 'idle' | 'retrying' | 'halted' | 'stalled' | 'unowned';

/** `elsewhere`: another process owns it, and reports it. */
export type PartitionOwner = 'here' | 'elsewhere' | 'none';

export interface KnownOfConsumer {
  owner: PartitionOwner;
  /** Of this process' consumer. */
  activity: PartitionActivity | undefined;
  lagRecords: number;
  isStalled: boolean;
}

/** The worse word wins. A halt is no stall: its reason is known, and an operator has to decide. */
export function decideConsumerState({
  owner,
  activity,
  lagRecords,
  isStalled,
}: KnownOfConsumer): ConsumerState {
  const own = owner === 'here' ? activity : undefined;
  if (own?.haltReason != null) return 'halted';
  if (isStalled) return 'stalled';
  if (owner === 'none') return 'unowned';
  if (own !== undefined && own.attempt > 0 && (lagRecords > 0 || own.step === 'resting')) return 'retrying';
  return lagRecords > 0 ? 'consuming' : 'idle';
}

export interface Doing {
  doing: PartitionActivity['step'] | 'halted' | 'unassigned' | 'unknown';
  sinceMs: number | null;
  attempt: number;
}

/** What it was doing, for the log line of a stall. */
export function describeDoing(
  owner: PartitionOwner,
  activity: PartitionActivity | undefined,
  now: number,
): Doing {
  if (owner === 'none') return { doing: 'unassigned', sinceMs: null, attempt: 0 };
  if (owner === 'elsewhere') return { doing: 'unknown', sinceMs: null, attempt: 0 };
  // Owned, but its consumer has not begun: it waits for the batch of a former claim.
  if (activity === undefined) return { doing: 'opening', sinceMs: null, attempt: 0 };
  const { step, since, attempt, haltReason } = activity;
  return { doing: haltReason === null ? step : 'halted', sinceMs: now - since, attempt };
}
