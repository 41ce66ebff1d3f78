/** Waiting in tests. One deadline for all of them, that a busy machine meets too: what fails by it is wrong, not slow. */
import { setTimeout as delay } from 'node:timers/promises';

/** Less than a test may take, so that the message names what did not happen. */
const defaultDeadlineMs = 150_000;
const everyMs = 10;

/** Polls until it holds. @param what a sentence for the message, such as "the offset is reported" */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = defaultDeadlineMs,
): Promise<void> {
  await eventually(what, async () => ((await holds()) ? true : null), deadlineMs);
}

/** Polls until there is an answer other than null. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T | null>,
  deadlineMs = defaultDeadlineMs,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await read();
    if (value !== null) return value;
    if (performance.now() > deadline)
      throw new Error(`not within ${Math.round(deadlineMs / 1_000)} s: ${what}`);
    await delay(everyMs);
  }
}
