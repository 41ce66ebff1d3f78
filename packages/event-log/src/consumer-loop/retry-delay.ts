/** How long a record that was set aside waits for its next attempt apart. */
import type { RetryPolicy } from './consumer.ts';

/** @param attempts made so far */
export function retryDelayMs({ firstMs, longestMs }: RetryPolicy, attempts: number): number {
  return Math.min(longestMs, firstMs * 4 ** attempts);
}
