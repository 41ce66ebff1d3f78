/** Asks metrics, over its public API, what key figures would be with other memberships. */
import { type WhatIfAnswer, whatIfAnswerSchema, type WhatIfQuestion } from '@throughline/contracts';

export type AskedFigures =
  | { state: 'answered'; days: WhatIfAnswer['days'] }
  /** Why there are no figures. */
  | { state: 'unavailable'; message: string };

export type AskWhatIf = (question: WhatIfQuestion) => Promise<AskedFigures>;

const timeoutMs = 5_000;

/** @param key an admin key; without one nothing is asked */
export function createAskWhatIf(metrics: { url: string; key: string | undefined }): AskWhatIf {
  return async (question) => {
    if (metrics.key === undefined)
      return { state: 'unavailable', message: 'THROUGHLINE_ADMIN_KEY is not set' };
    try {
      const response = await fetch(new URL('/v1/metrics/what-if', metrics.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${metrics.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(question),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) {
        await response.body?.cancel();
        return { state: 'unavailable', message: `metrics answers ${response.status}` };
      }
      const { days } = whatIfAnswerSchema.parse(await response.json());
      return { state: 'answered', days };
    } catch (error) {
      const isTimeout = error instanceof Error && error.name === 'TimeoutError';
      return {
        state: 'unavailable',
        message: isTimeout ? `metrics did not answer within ${timeoutMs} ms` : 'metrics cannot be reached',
      };
    }
  };
}
