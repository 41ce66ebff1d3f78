/** Waits for a condition of another process, which sends no signal when it comes true. */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves to whether the condition came true within `withinMs`. */
export async function poll(
  condition: () => boolean | Promise<boolean>,
  { withinMs, everyMs = 25 }: { withinMs: number; everyMs?: number },
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await delay(everyMs);
  }
  return true;
}
