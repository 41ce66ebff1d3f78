/**
 * What a request must pass before anything of it costs more than its head: one Host header with a name of this service,
 * the limits of its sender, a route. Whatever fails here is answered with the body unread.
 */
import { AppError } from '@throughline/contracts';
import type { FastifyRequest } from 'fastify';
import type { KeyRing } from '../key-ring.ts';
import { isLoopbackHost } from '../listen-config.ts';
import type { BodyReader } from './body-reader.ts';
import { isLoopbackName } from './host-check.ts';
import type { HttpApp } from './http-app.ts';
import { presentedKey } from './presented-key.ts';
import type { RateLimits } from './rate-limits.ts';
import { createRouteTable } from './route-table.ts';
import { apiHeaders } from './security-headers.ts';

export interface GuardOptions {
  /** The host that the service listens on. */
  host: string;
  keyRing: KeyRing;
  bodyReader: BodyReader;
  rateLimits: RateLimits;
}

/** Orchestrators and Prometheus ask these often, and must be answered when all else is refused. */
const unlimitedPaths = new Set(['/livez', '/readyz', '/metrics']);

export function addRequestGuards(app: HttpApp, options: GuardOptions): void {
  const { keyRing, bodyReader, rateLimits } = options;
  const checksHost = isLoopbackHost(options.host);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(apiHeaders);
    reply.header('x-request-id', request.id);
    // Not `onResponse`, which does not come for a client that went away in the middle of its body.
    reply.raw.once('close', () => bodyReader.release(request));
    const fault = findHostFault(request, checksHost);
    if (fault === null) done();
    else done(fault);
  });
  app.addHook('onRequest', async (request, reply) => {
    request.authenticated = await keyRing.find(presentedKey(request.headers.authorization));
    if (!unlimitedPaths.has(request.routeOptions.url ?? '')) await rateLimits.check(request, reply);
  });
  addUnmatchedAnswers(app);
}

function findHostFault(request: FastifyRequest, checksHost: boolean): AppError | null {
  const name = request.headers.host;
  if (name === undefined && request.raw.httpVersion === '1.1') {
    return new AppError('malformed_request', 'a request needs one Host header', { field: 'host' });
  }
  if (!checksHost || name === undefined || isLoopbackName(name)) return null;
  return new AppError(
    'wrong_host',
    'the service listens on loopback and answers only to the names of its own machine; THROUGHLINE_HOST opens it to others',
    { field: 'host', expected: 'localhost, 127.0.0.1 or [::1]' },
  );
}

/**
 * 404, or 405 with the methods that the path has. In `preParsing`, which is the last hook before the body is read: a
 * service's own `onRequest` hooks (CORS) have run by then.
 */
function addUnmatchedAnswers(app: HttpApp): void {
  const table = createRouteTable();
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) table.add(one, url);
  });
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (!request.is404) {
      done(null, payload);
      return;
    }
    const methods = table.methodsOf(request.raw.url?.split('?', 1)[0] ?? '');
    if (methods.length === 0) {
      done(new AppError('not_found', ''));
      return;
    }
    const expected = methods.join(', ');
    reply.header('allow', expected);
    done(new AppError('method_not_allowed', `${expected} only`, { expected }));
  });
  // Without a handler of its own the path would be answered without the hooks.
  app.setNotFoundHandler(() => {
    throw new AppError('not_found', '');
  });
}
