/**
 * Browsers may send from any page, with any headers: clients add some on a retry, so a fixed list lets the first attempt
 * pass and blocks every retry. Credentials (`sendBeacon` with JSON always asks for them) only from the origins that the
 * deployment names. No answer depends on whether a person exists.
 */
import type { HttpApp } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface CorsOptions {
  /** Route patterns that browsers send to; others, such as those of operators, grant nothing. */
  paths: readonly string[];
  /** Undefined lets every origin send, without credentials. */
  allowedOrigins: readonly string[] | undefined;
}

const headerList = /^[A-Za-z0-9!#$%&'*+.^_`|~,\s-]{1,1000}$/;
/** Chromium's own maximum. */
const maxAgeSeconds = 7_200;

/** Adds the headers to every answer of the paths, errors and paths that do not exist included, and answers preflights. */
export function addCors(app: HttpApp, { paths, allowedOrigins }: CorsOptions): void {
  const patterns: ReadonlySet<string> = new Set(paths);
  const allowed = allowedOrigins === undefined ? null : new Set(allowedOrigins);
  // When the answer is sent, not when the request comes: a refusal before the route is reached needs the headers too.
  app.addHook('onSend', (request, reply, _payload, done) => {
    const isUnknown = request.is404 && reply.statusCode === 404;
    if (isUnknown || patterns.has(request.routeOptions.url ?? '')) addHeaders(request, reply, allowed);
    done();
  });
  for (const path of paths) {
    app.options(path, { schema: { hide: true } }, (request, reply) => {
      const asked = request.headers['access-control-request-headers'];
      if (asked !== undefined && headerList.test(asked)) {
        reply.header('access-control-allow-headers', asked);
      }
      return reply
        .code(204)
        .header('access-control-allow-methods', 'POST, OPTIONS')
        .header('access-control-max-age', String(maxAgeSeconds))
        .header('vary', 'Access-Control-Request-Headers')
        .send();
    });
  }
}

function addHeaders(request: FastifyRequest, reply: FastifyReply, allowed: ReadonlySet<string> | null): void {
  const { origin } = request.headers;
  if (allowed === null) reply.header('access-control-allow-origin', '*');
  else {
    // Caches must not give the answer of one origin to another.
    const vary = reply.getHeader('vary');
    reply.header('vary', vary === undefined ? 'Origin' : `${String(vary)}, Origin`);
    if (origin === undefined || !allowed.has(origin)) return;
    reply.header('access-control-allow-origin', origin);
    reply.header('access-control-allow-credentials', 'true');
  }
  // Without it no script sees how long to wait.
  reply.header('access-control-expose-headers', 'Retry-After, X-Request-Id, RateLimit, RateLimit-Policy');
}
