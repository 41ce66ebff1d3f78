/** A rejected item as the request that brought it, so that it is decided again by the same rules and as of the same time. */
import { findIngestRoute } from '../core/ingest-route.ts';
import { parseExactly } from './exact-json.ts';
import { MalformedLine, type ReceivedRequest } from './received-request.ts';

export interface StoredItem {
  rejectionId: string;
  receivedAt: Date;
  source: string;
  trust: string | null;
  route: string;
  body: string;
  bodyEncoding: string;
}

/** @param requestId of the request that asks for the second try: a new acceptance is followed by it */
export function storedRequest(stored: StoredItem, requestId: string): ReceivedRequest {
  const text =
    stored.bodyEncoding === 'base64' ? Buffer.from(stored.body, 'base64').toString('utf8') : stored.body;
  return {
    route: findIngestRoute(stored.route),
    requestId,
    source: stored.source,
    // What does not say that a server vouched for it is not vouched for.
    trust: stored.trust === 'server' ? 'server' : 'public',
    receivedAtMs: stored.receivedAt.getTime(),
    rejectionId: stored.rejectionId,
    items: [parseOr(text, (json) => JSON.parse(json) as unknown)],
    exactItems: () => [parseOr(text, parseExactly)],
  };
}

function parseOr(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch {
    return new MalformedLine(text);
  }
}
