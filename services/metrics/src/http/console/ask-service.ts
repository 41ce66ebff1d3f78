/** Passes a request of the console on to a service, with the key of the session instead of its cookie. */
import { AppError, type ServiceName } from '@throughline/contracts';
import type { HttpApp } from '@throughline/runtime';
import { isAllowedRequest } from './allowed-requests.ts';

export interface ConsoleRequest {
  service: ServiceName;
  method: string;
  /** With its query. */
  target: string;
  accept: string | undefined;
  /** JSON, or null for none. */
  body: string | null;
  key: string;
  /** Of the browser. */
  address: string;
}

export interface ServiceAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export type AskService = (request: ConsoleRequest) => Promise<ServiceAnswer>;

const timeoutMs = 20_000;
const maxAnswerBytes = 16 * 1024 * 1024;
/** All else is between the service and metrics. */
const passedOn = [
  'content-type',
  'retry-after',
  'throughline-processed-through',
  'throughline-pending-records',
  'throughline-next-cursor',
];
/** No answer may be a page or a script of the console's origin. */
const passableTypes = /^(application\/(problem\+)?json|text\/csv|text\/plain)\b/;

/** @param urls of the other services; metrics itself is asked without the network */
export function createAskService(app: HttpApp, urls: Record<'ingest' | 'identity', string>): AskService {
  return async (request) => {
    const url = targetOf(request, request.service === 'metrics' ? 'http://metrics' : urls[request.service]);
    const headers = {
      authorization: `Bearer ${request.key}`,
      ...(request.accept === undefined ? {} : { accept: request.accept }),
      ...(request.body === null ? {} : { 'content-type': 'application/json' }),
    };
    const asked = { url, headers, method: request.method, body: request.body };
    const answer =
      request.service === 'metrics'
        ? await askHere(app, asked, request.address)
        : await askElsewhere(request.service, asked);
    if (answer.body.length > 0 && !passableTypes.test(answer.headers['content-type'] ?? '')) {
      throw new AppError(
        'service_unreachable',
        `${request.service} answers with what the console cannot show`,
      );
    }
    return answer;
  };
}

/** @throws AppError not_found for what the console does not use */
function targetOf({ service, method, target }: ConsoleRequest, base: string): URL {
  const [path = '', query = ''] = target.split(/\?(.*)/s, 2);
  const url = new URL(base);
  const prefix = url.pathname.replace(/\/$/, '');
  // Setting the parts, unlike resolving against the base, cannot lead to another host.
  url.pathname = prefix + path;
  url.search = query;
  const isBelow = url.pathname.startsWith(`${prefix}/`);
  if (!isBelow || !isAllowedRequest(service, method, url.pathname.slice(prefix.length))) {
    throw new AppError('not_found', '');
  }
  return url;
}

interface Asked {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | null;
}

async function askHere(
  app: HttpApp,
  { url, method, headers, body }: Asked,
  address: string,
): Promise<ServiceAnswer> {
  const answer = await app.inject({
    method: method as 'GET',
    url: url.pathname + url.search,
    headers: { ...headers, host: 'localhost' },
    remoteAddress: address,
    ...(body === null ? {} : { payload: body }),
  });
  const found = (name: string): string | null => answer.headers[name]?.toString() ?? null;
  return { status: answer.statusCode, headers: headersOf(found), body: answer.rawPayload };
}

/** @throws AppError service_unreachable */
async function askElsewhere(
  service: ServiceName,
  { url, method, headers, body }: Asked,
): Promise<ServiceAnswer> {
  try {
    const answer = await fetch(url, {
      method,
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      status: answer.status,
      headers: headersOf((name) => answer.headers.get(name)),
      body: await readBounded(answer),
    };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    const why = isTimeout ? `did not answer within ${timeoutMs / 1_000} s` : 'cannot be reached';
    throw new AppError('service_unreachable', `${service} ${why}`, { service, cause: error });
  }
}

function headersOf(find: (name: string) => string | null): Record<string, string> {
  return Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = find(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

async function readBounded(answer: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.byteLength;
    if (length > maxAnswerBytes) throw new Error(`the answer has more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
