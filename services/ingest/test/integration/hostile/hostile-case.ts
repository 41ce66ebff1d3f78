/** One hostile input and the answer that it must get; the table in the documentation is made of these. */
import { testKeys } from '../ingest-server.ts';

export interface HostileCase {
  group: string;
  /** What it is, as the table says it. */
  input: string;
  path: string;
  method?: string;
  /** Null for none. Default: the server's key. */
  key?: string | null;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** `<status> <code>` of a refused request, else `200` and what became of the items. */
  answer: string;
}

export const track = { type: 'track', event: 'Seen', userId: 'u1' };

/** An item of the native route, by the fields in which it differs from a right one. */
export function itemCase(group: string, input: string, fields: object, answer: string): HostileCase {
  return rawItemCase(group, input, JSON.stringify({ ...track, messageId: messageId(), ...fields }), answer);
}

/** The same as text, for what `JSON.stringify` would not write. */
export function rawItemCase(group: string, input: string, body: string, answer: string): HostileCase {
  return {
    group,
    input,
    path: '/v1/touchpoints',
    headers: { 'content-type': 'application/json' },
    body,
    answer,
  };
}

export function withItem(json: string): string {
  return `{"type":"track","event":"Seen","userId":"u1","messageId":"${messageId()}",${json}}`;
}

let made = 0;
export function messageId(): string {
  made += 1;
  return `hostile-${made}`;
}

export async function send(url: string, sent: HostileCase): Promise<Response> {
  const { key = testKeys.server, headers, body, method = 'POST' } = sent;
  return await fetch(url + sent.path, {
    method,
    headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

interface ItemAnswer {
  code?: string;
  rejected?: { code: string; field: string }[];
  warnings?: { codes: string[] }[];
}

/** In the words of the table. */
export async function answerOf(response: Response): Promise<string> {
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const answer: ItemAnswer = isJson ? ((await response.json()) as ItemAnswer) : {};
  if (answer.code !== undefined) return `${response.status} ${answer.code}`;
  const rejected = (answer.rejected ?? []).map(({ code, field }) =>
    field === '' ? code : `${code} at ${field}`,
  );
  if (rejected.length > 0) return `${response.status}, rejected: ${rejected.join(', ')}`;
  const warnings = (answer.warnings ?? []).flatMap(({ codes }) => codes);
  return warnings.length > 0
    ? `${response.status}, accepted with ${warnings.join(', ')}`
    : `${response.status}, accepted`;
}
