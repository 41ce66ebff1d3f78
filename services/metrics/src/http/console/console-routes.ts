/** `/console`: pages for people, served beside the API that they read. See infra/docs/console.md for what is on them. */
import { AppError, type ServiceName, serviceNames } from '@throughline/contracts';
import { createConsoleLoader } from '@throughline/console';
import type { BootstrapKeys, HttpApp, KeyRing } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FigureReader } from '../figure-reader.ts';
import { type AskService, createAskService } from './ask-service.ts';
import { addPageRoutes } from './page-routes.ts';
import { assertSameOrigin } from './same-origin.ts';
import { createSessionCookies } from './session-cookie.ts';
import { addSessionRoutes, createOpenSession, findKind, type OpenSession } from './session-routes.ts';

export interface ConsoleRouteParts {
  keyRing: KeyRing;
  /** Of the environment; they encrypt the sessions. */
  keys: BootstrapKeys;
  reader: FigureReader;
  /** Where the other services answer. */
  urls: Record<'ingest' | 'identity', string>;
}

const apiPrefix = '/console/api/';

export function addConsoleRoutes(app: HttpApp, { keyRing, keys, reader, urls }: ConsoleRouteParts): void {
  const cookies = createSessionCookies(keys);
  addPageRoutes(app, createConsoleLoader());
  addSessionRoutes(app, { keyRing, cookies, reader });
  app.addHook('onSend', (request, reply, _payload, done) => {
    // A browser would ask for a user name and a password.
    if (request.url.startsWith('/console')) reply.removeHeader('www-authenticate');
    done();
  });
  const ask = createAskService(app, urls);
  const open = createOpenSession(cookies, reader);
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: `${apiPrefix}:service/*`,
    schema: { hide: true },
    handler: async (request, reply) => await passOn({ ask, open, keyRing }, request, reply),
  });
}

interface PassOn {
  ask: AskService;
  open: OpenSession;
  keyRing: KeyRing;
}

async function passOn(
  { ask, open, keyRing }: PassOn,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  assertSameOrigin(request);
  const session = await open(request.headers.cookie);
  if (session === null || (await findKind(keyRing, session.key)) === null) {
    throw new AppError('unauthorized', '');
  }
  const service = serviceOf((request.params as { service: string }).service);
  const answer = await ask({
    service,
    method: request.method,
    target: request.url.slice(`${apiPrefix}${service}`.length),
    accept: request.headers.accept,
    body: request.body === undefined || request.body === null ? null : JSON.stringify(request.body),
    key: session.key,
    address: request.ip,
  });
  return await reply
    .code(answer.status)
    .headers(answer.headers)
    .serializer((payload) => payload as string)
    .send(answer.body);
}

/** @throws AppError not_found */
function serviceOf(name: string): ServiceName {
  const service = serviceNames.find((known) => known === name);
  if (service === undefined) throw new AppError('not_found', '');
  return service;
}
