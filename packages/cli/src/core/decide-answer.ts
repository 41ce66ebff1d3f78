/** What an answer of ingest, or none, means for the batch it is about. */
import { type Backoff, backoffMs, jittered } from '@throughline/timing';
import { z } from 'zod';

const rejectedItem = z.object({
  index: z.int().nonnegative(),
  code: z.string(),
  field: z.string().default(''),
  message: z.string().default(''),
});
export type RejectedAnswer = z.infer<typeof rejectedItem>;

const answerSchema = z.object({ accepted: z.int().nonnegative(), rejected: z.array(rejectedItem) });
const problemSchema = z.object({
  code: z.string().default(''),
  title: z.string().default(''),
  detail: z.string().default(''),
});

export type AnswerDecision =
  | { kind: 'acknowledged'; accepted: number; rejected: RejectedAnswer[] }
  | { kind: 'again'; why: string; retryAfterMs: number | null }
  | { kind: 'stop'; why: string };

export interface Answer {
  status: number;
  retryAfter: string | null;
  text: string;
}

const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export function decideAnswer(
  { status, retryAfter, text }: Answer,
  items: number,
  nowMs: number,
): AnswerDecision {
  if (status === 200) return decideAcknowledged(text, items);
  const problem = problemSchema.safeParse(jsonOf(text)).data;
  const said = [problem?.code, problem?.detail === '' ? problem.title : problem?.detail]
    .filter(Boolean)
    .join(': ');
  const why = `ingest answered ${status}${said === '' ? '' : ` (${said})`}`;
  if (passing.has(status)) return { kind: 'again', why, retryAfterMs: parseRetryAfter(retryAfter, nowMs) };
  if (status === 401)
    return { kind: 'stop', why: `${why}: the key is missing, wrong or of another deployment` };
  if (status === 403)
    return { kind: 'stop', why: `${why}: the key may not send touchpoints; a server key is needed` };
  if (status === 404) return { kind: 'stop', why: `${why}: is this an ingest?` };
  return { kind: 'stop', why };
}

function decideAcknowledged(text: string, items: number): AnswerDecision {
  const answer = answerSchema.safeParse(jsonOf(text)).data;
  const isWhole =
    answer !== undefined &&
    answer.accepted + answer.rejected.length === items &&
    answer.rejected.every(({ index }) => index < items);
  if (isWhole) return { kind: 'acknowledged', ...answer };
  return {
    kind: 'stop',
    why: 'the answer does not account for every touchpoint of its batch: is this an ingest?',
  };
}

/** Seconds or a date. @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
function parseRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null || value === '') return null;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

const backoff: Backoff = { firstMs: 250, longestMs: 10_000 };

/** How long to wait before attempt `attempt` (1 is the first repetition); `chance` is in [0, 1). */
export function retryDelayMs(attempt: number, retryAfterMs: number | null, chance: number): number {
  // What is asked for is a lower bound; batches that wait for the same instant must not all come at it.
  if (retryAfterMs !== null) return retryAfterMs + Math.round(chance * backoff.firstMs);
  return Math.round(jittered(backoffMs(backoff, attempt), chance));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
