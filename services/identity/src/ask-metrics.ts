/** Asks metrics over its public API: what figures would be with other memberships, and what is counted of touchpoints. */
import {
  type CountedAnswer,
  countedAnswerSchema,
  type ErasedFacts,
  erasedFactsSchema,
  type WhatIfAnswer,
  whatIfAnswerSchema,
  type WhatIfQuestion,
} from '@throughline/contracts';
import type { z } from 'zod';

export interface UnavailableFigures {
  state: 'unavailable';
  /** Why there are no figures. */
  message: string;
}

export type AskedFigures = { state: 'answered'; days: WhatIfAnswer['days'] } | UnavailableFigures;
export type AskWhatIf = (question: WhatIfQuestion) => Promise<AskedFigures>;

export type AskedCounts =
  { state: 'answered'; touchpoints: CountedAnswer['touchpoints'] } | UnavailableFigures;
/** @param keys at most a hundred, of touchpoints */
export type AskCounted = (keys: readonly string[]) => Promise<AskedCounts>;

type AskedErased = ({ state: 'answered' } & ErasedFacts) | UnavailableFigures;
/** @param id of the erasure */
export type AskErased = (id: string) => Promise<AskedErased>;

export interface MetricsAddress {
  url: string;
  /** An admin key; without one nothing is asked. */
  key: string | undefined;
}

const timeoutMs = 5_000;

export function createAskWhatIf(metrics: MetricsAddress): AskWhatIf {
  return (question) => ask(metrics, { path: '/v1/metrics/what-if', question, schema: whatIfAnswerSchema });
}

export function createAskCounted(metrics: MetricsAddress): AskCounted {
  return (keys) =>
    ask(metrics, {
      path: '/v1/metrics/touchpoints/lookup',
      question: { keys },
      schema: countedAnswerSchema,
    });
}

export function createAskErased(metrics: MetricsAddress): AskErased {
  return (id) => ask(metrics, { path: `/v1/metrics/erasures/${id}`, schema: erasedFactsSchema });
}

async function ask<T>(
  { url, key }: MetricsAddress,
  { path, question, schema }: { path: string; question?: object; schema: z.ZodType<T> },
): Promise<(T & { state: 'answered' }) | UnavailableFigures> {
  if (key === undefined) return { state: 'unavailable', message: 'THROUGHLINE_ADMIN_KEY is not set' };
  try {
    const response = await fetch(new URL(path, url), {
      ...(question === undefined ? {} : { method: 'POST', body: JSON.stringify(question) }),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { state: 'unavailable', message: `metrics answers ${response.status}` };
    }
    return { state: 'answered', ...schema.parse(await response.json()) };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return {
      state: 'unavailable',
      message: isTimeout ? `metrics did not answer within ${timeoutMs} ms` : 'metrics cannot be reached',
    };
  }
}
