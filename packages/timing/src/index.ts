export { backoffMs, jittered, type Backoff } from './backoff.ts';
export { NoAnswerInTime, withTimeout } from './with-timeout.ts';
