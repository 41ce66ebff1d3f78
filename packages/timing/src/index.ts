export { backoffMs, jittered, type Backoff } from './backoff.ts';
export { startWorkLoop, type WorkLoop } from './work-loop.ts';
export { NoAnswerInTime, withTimeout } from './with-timeout.ts';
