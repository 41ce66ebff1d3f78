/** A start waits for what may pass by itself, and logs it; what an operator must resolve ends it, with a sentence that says how. */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@throughline/contracts';
import { type Backoff, backoffMs } from '@throughline/timing';
import { explainKafkaFailure } from './explain-kafka-failure.ts';
import { unavailable, type KafkaProblems } from './kafka-problems.ts';

const backoff: Backoff = { firstMs: 500, longestMs: 5_000 };

/** @param signal ends the wait */
export async function retryWhileUnreachable<T>(
  { problems, signal }: { problems: KafkaProblems; signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (!explainKafkaFailure(error).mayHeal || signal.aborted) throw unavailable(error);
      problems.waiting(attempt, error);
      await delay(backoffMs(backoff, attempt), undefined, { signal }).catch(() => {
        throw unavailable(error);
      });
    }
  }
}
