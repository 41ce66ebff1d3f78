/** The error answers of a route for its OpenAPI document, so that a client knows every status before it meets one. */
import { problemCodes, problemSchema, type ProblemCode } from '@throughline/contracts';
import type { z } from 'zod';

interface ProblemAnswer {
  description: string;
  content: { 'application/problem+json': { schema: z.ZodType } };
}

/** What any route behind a key may answer, whatever it does. */
const commonCodes: readonly ProblemCode[] = [
  'malformed_request',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'internal_error',
  'database_unavailable',
  'overloaded',
];

/** @param codes of the route itself, beside those that any route may answer */
export function problemAnswers(...codes: readonly ProblemCode[]): Record<number, ProblemAnswer> {
  const byStatus = Map.groupBy([...commonCodes, ...codes], (code) => problemCodes[code].status);
  const answers: Record<number, ProblemAnswer> = {};
  for (const [status, ofStatus] of byStatus) {
    answers[status] = {
      description: ofStatus.map((code) => `\`${code}\`: ${problemCodes[code].title}.`).join(' '),
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  return answers;
}
