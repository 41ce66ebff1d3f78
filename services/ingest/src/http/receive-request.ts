/** What every route that takes touchpoints needs, and the way of a parsed request to its answer. */
import type { KeyKind, Trust } from '@throughline/contracts';
import {
  addRateLimitHeaders,
  clientAddress,
  trustOf,
  type BodyReader,
  type KeyRing,
  type Principal,
  type RateLimits,
} from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestRoute } from '../core/ingest-route.ts';
import type { RequestSignals } from '../core/privacy/decide-privacy.ts';
import type { SourceDirectory } from '../core/source-directory.ts';
import type { Receiver } from '../receive/receive-items.ts';
import type { ReceivedAnswer, ReceivedRequest } from '../receive/received-request.ts';
import { takeItems, type RequestBody } from './request-body.ts';
import type { RequestKeys } from './request-key.ts';

export interface IngestRouteParts {
  receiver: Receiver;
  bodyReader: BodyReader;
  rateLimits: RateLimits;
  keyRing: KeyRing;
  keys: RequestKeys;
  sources: SourceDirectory;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** What sends touchpoints: websites and apps by a write key, back ends and tills by a server key. */
export const senderKinds: readonly KeyKind[] = ['write', 'server'];

export interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Items are decided one by one, so the schemas of these routes document and do not validate. */
export const documentOnly = {
  validatorCompiler: () => () => true,
  serializerCompiler: () => (payload: unknown) => JSON.stringify(payload),
};

export async function receiveRequest(
  { receiver, bodyReader, now }: IngestRouteParts,
  route: IngestRoute,
  exchange: Exchange,
  principal: Principal,
  body: RequestBody,
): Promise<ReceivedAnswer> {
  const { request } = exchange;
  const trust = trustOf(principal);
  return await receiver.receive({
    route,
    requestId: request.id,
    traceparent: request.trace?.traceparent,
    source: principal.source,
    trust,
    ...(trust === 'public' ? { publicSender: publicSenderOf(exchange, principal) } : {}),
    signals: signalsOf(request, trust),
    receivedAtMs: now(),
    work: await bodyReader.longWork(request, body.items.length),
    ...takeItems(body),
  });
}

function publicSenderOf(
  { request, reply }: Exchange,
  { source }: Principal,
): NonNullable<ReceivedRequest['publicSender']> {
  return {
    key: source,
    address: clientAddress(request.ip),
    onLimits: (states) => addRateLimitHeaders(reply, states),
  };
}

/** The user agent of a server is no person's; one that does not call itself a browser is an app's or a program's own. */
function signalsOf({ headers }: FastifyRequest, trust: Trust): RequestSignals {
  const userAgent = headers['user-agent'];
  return {
    doNotTrack: headers['dnt'] === '1',
    globalPrivacyControl: headers['sec-gpc'] === '1',
    userAgent: trust === 'public' && userAgent?.startsWith('Mozilla/') === true ? userAgent : null,
  };
}
