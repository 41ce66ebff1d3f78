/** One question to a service by HTTP, and what its refusals say in words. */
import { z } from 'zod';
import { remedyText } from './core/doctor/find-remedy.ts';
import { reasonOf } from './replay/send-batch.ts';

export interface ServiceRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  key: string | undefined;
  timeoutMs: number;
  /** Sent as JSON. */
  body?: unknown;
}

export interface ServiceAnswer {
  status: number;
  text: string;
}

/** The service did not answer, or refused: the message is for the person at the terminal. */
export class ServiceRefusal extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ServiceRefusal';
  }
}

const problemSchema = z.object({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().optional(),
  reasons: z.record(z.string(), z.string()).optional(),
});

export async function askService({
  method = 'GET',
  url,
  key,
  timeoutMs,
  body,
}: ServiceRequest): Promise<ServiceAnswer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // The key goes where it was meant to go, and nowhere that an answer points to.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, text: await response.text() };
}

/** The answer of a 2xx. @throws ServiceRefusal */
export async function readAnswer<T>(request: ServiceRequest, schema: z.ZodType<T>): Promise<T> {
  let answer: ServiceAnswer;
  try {
    answer = await askService(request);
  } catch (error) {
    throw refusalOf(`${originOf(request.url)} does not answer (${reasonOf(error)})`, error);
  }
  if (answer.status < 200 || answer.status > 299) {
    throw refusalOf(`${originOf(request.url)} answered ${problemText(answer.status, answer.text)}`);
  }
  const parsed = schema.safeParse(parseJson(answer.text));
  if (!parsed.success) {
    throw new ServiceRefusal(`${originOf(request.url)} answered something else: is this the service?`);
  }
  return parsed.data;
}

/** With what mends it, where that is known. */
function refusalOf(problem: string, cause?: unknown): ServiceRefusal {
  const remedy = remedyText(problem);
  const message = `${problem.replace(/\.$/, '')}.${remedy === '' ? '' : `\n${remedy}`}`;
  return new ServiceRefusal(message, { cause });
}

export function problemText(status: number, text: string): string {
  const problem = problemSchema.safeParse(parseJson(text)).data;
  if (problem === undefined) return String(status);
  const { code, title, detail = title, reasons = {} } = problem;
  const why = Object.entries(reasons).map(([check, reason]) => `${check}: ${reason}`);
  return `${status} ${code}${detail === undefined ? '' : `: ${detail}`}${why.length === 0 ? '' : ` (${why.join(', ')})`}`;
}

/** Null where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function originOf(url: string): string {
  return new URL(url).origin;
}
