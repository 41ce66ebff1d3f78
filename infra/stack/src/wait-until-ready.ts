/** Waits for the services for as long as they make progress, and says meanwhile what each of them waits for. */
import { poll } from './poll.ts';
import { describeStart, isStalled } from './start-progress.ts';
import type { Supervisor } from './supervisor.ts';

export interface WaitOptions {
  /** Given up when no service has got on for this long. */
  stalledAfterMs: number;
  reportEveryMs: number;
  /** @param waiting one text for each service that is not ready */
  onWaiting: (waiting: readonly string[]) => void;
}

export type StartOutcome =
  { outcome: 'ready' } | { outcome: 'stopped' } | { outcome: 'stalled'; waiting: readonly string[] };

export async function waitUntilReady(
  supervisor: Pick<Supervisor, 'observeStart' | 'isStopping'>,
  { stalledAfterMs, reportEveryMs, onWaiting }: WaitOptions,
): Promise<StartOutcome> {
  let reportedAt = performance.now();
  const look = (): StartOutcome | null => {
    if (supervisor.isStopping()) return { outcome: 'stopped' };
    const starting = supervisor.observeStart();
    if (starting.length === 0) return { outcome: 'ready' };
    const now = performance.now();
    const waiting = starting.map(({ name, state }) => describeStart(name, state, now));
    const states = starting.map(({ state }) => state);
    if (isStalled(states, now, stalledAfterMs)) return { outcome: 'stalled', waiting };
    if (now - reportedAt >= reportEveryMs) {
      reportedAt = now;
      onWaiting(waiting);
    }
    return null;
  };
  let outcome = look();
  await poll(
    () => {
      outcome ??= look();
      return outcome !== null;
    },
    { withinMs: Infinity },
  );
  return outcome ?? { outcome: 'stopped' };
}
