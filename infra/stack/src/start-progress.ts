/**
 * Whether a start makes progress. On a crowded machine a service may take minutes to load, which is no reason to give up; one that
 * neither takes another step nor uses the processor waits for something that does not come.
 *
 *     loads its code --starting(step)--> step --starting(step)--> … --ready--> ready
 */

/** Less than this in `stalledAfterMs` is what polling costs, not work. */
const workSeconds = 0.5;

export interface StartState {
  step: string;
  /** When the step began; milliseconds of a clock that only ascends, as all times here. */
  stepAt: number;
  /** When it was last seen to make progress, and the CPU seconds that its process had used by then. */
  progressAt: number;
  cpuSeconds: number;
}

export function beginStart(now: number): StartState {
  return { step: 'loads its code', stepAt: now, progressAt: now, cpuSeconds: 0 };
}

export function applyStep(state: StartState, step: string, now: number): StartState {
  return { ...state, step, stepAt: now, progressAt: now };
}

/** @param cpuSeconds of its process so far; null where the system does not say, or there is no process */
export function applyCpu(state: StartState, cpuSeconds: number | null, now: number): StartState {
  // A process that was started again begins at zero.
  if (cpuSeconds === null) return state;
  if (cpuSeconds < state.cpuSeconds) return { ...state, cpuSeconds };
  return cpuSeconds - state.cpuSeconds < workSeconds ? state : { ...state, cpuSeconds, progressAt: now };
}

/** Several wait for each other, on one database: one that works is progress for all. */
export function isStalled(starting: readonly StartState[], now: number, stalledAfterMs: number): boolean {
  return starting.every(({ progressAt }) => now - progressAt >= stalledAfterMs);
}

/** `identity waits for the event log (70 s)`, for a person. */
export function describeStart(name: string, { step, stepAt }: StartState, now: number): string {
  return `${name} ${step} (${Math.round((now - stepAt) / 1000)} s)`;
}
