/** The ids of the touchpoints in a request, read as the protocols of the clients define them. */
import { gunzipSync } from 'node:zlib';
import type { ProxiedRequest } from '@throughline/testkit';

interface Sent {
  messageId?: string;
  eid?: string;
  batch?: Sent[];
  data?: Sent[];
  source?: string;
  id?: string;
}

export function sentIds(request: ProxiedRequest): string[] {
  const { method, path, headers, body } = request;
  const url = new URL(path, 'http://localhost');
  if (method === 'GET') return [url.searchParams.get('eid')].filter((id) => id !== null);
  if (url.pathname === '/v1/cloudevents' && headers['ce-id'] !== undefined) {
    return [`${String(headers['ce-source'])} ${String(headers['ce-id'])}`];
  }
  const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  const sent = JSON.parse(text.toString('utf8')) as Sent | Sent[];
  const items = Array.isArray(sent) ? sent : (sent.batch ?? (sent.eid ? [sent] : undefined) ?? listOf(sent));
  return items.map((item) => item.messageId ?? item.eid ?? `${item.source ?? ''} ${item.id ?? ''}`);
}

function listOf(sent: Sent): Sent[] {
  return Array.isArray(sent.data) ? sent.data : [sent];
}

/** All ids that a client tried to send, and those that were acknowledged to it. */
export function idsOf(requests: readonly ProxiedRequest[]): { sent: Set<string>; answered: Set<string> } {
  const sent = requests.filter(({ method, path }) => method === 'POST' || path.startsWith('/i?'));
  return {
    sent: new Set(sent.flatMap(sentIds)),
    answered: new Set(sent.filter(({ status }) => status === 200).flatMap(sentIds)),
  };
}
