/** Asks the services, by way of the origin that the page came from. The session's cookie goes along by itself. */

export type Service = 'ingest' | 'identity' | 'metrics';
export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** An answer that is no success, as RFC 9457 problem. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(textOf(body, status));
    this.name = 'Problem';
    this.status = status;
    this.code = typeof body['code'] === 'string' ? body['code'] : 'unknown';
    this.body = body;
  }
}

function textOf(body: Readonly<Record<string, unknown>>, status: number): string {
  const { title, detail } = body;
  const parts = [title, detail].filter((part) => typeof part === 'string');
  return parts.length === 0 ? `The answer has the status ${status}` : parts.join(': ');
}

export function addressOf(service: Service, path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return `/console/api/${service}${path}${text === '' ? '' : `?${text}`}`;
}

export interface SendOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
}

/** @throws Problem */
export async function send<T>(address: string, options: SendOptions = {}): Promise<T> {
  const { method = 'GET', body, signal } = options;
  const response = await fetch(address, {
    method,
    headers: {
      accept: 'application/json',
      'throughline-console': '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, { code: 'unreachable', title: 'The console cannot reach its server' });
  });
  const answer: unknown = await response.json().catch(() => ({}));
  if (response.ok) return answer as T;
  throw new Problem(response.status, typeof answer === 'object' && answer !== null ? { ...answer } : {});
}

/** The text of an answer that is no JSON, such as Prometheus' samples. @throws Problem */
export async function readText(address: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(address, { headers: { 'throughline-console': '1' }, signal });
  if (response.ok) return await response.text();
  throw new Problem(response.status, {});
}
