export { backoffMs, jittered, type Backoff } from './backoff.ts';
export { mapInSlices } from './map-in-slices.ts';
export { startWorkLoop, type WorkLoop } from './work-loop.ts';
export { NoAnswerInTime, withTimeout } from './with-timeout.ts';
