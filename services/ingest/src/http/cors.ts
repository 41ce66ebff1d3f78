/**
 * Browsers may send from any page, with any headers: clients add some on a retry, so a fixed list lets the first attempt
 * pass and blocks every retry. Credentials (`sendBeacon` with JSON always asks for them) only from the origins that the
 * deployment names, or on routes that read no credentials. No answer depends on whether a person exists.
 */
import type { HttpApp } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SourceDirectory } from '../core/source-directory.ts';

export interface CorsOptions {
  /** Route patterns that browsers post to; others, such as those of operators, grant nothing. */
  posts: readonly string[];
  /** Route patterns that browsers get. */
  gets: readonly string[];
  /** Those of them whose client always asks for credentials. They must read none that a browser adds by itself. */
  credentialed: readonly string[];
  /** A source without allowed origins lets every origin send, without credentials. */
  sources: Pick<SourceDirectory, 'settingsOf' | 'publicSettings'>;
}

const headerList = /^[A-Za-z0-9!#$%&'*+.^_`|~,\s-]{1,1000}$/;
/** Chromium's own maximum. */
const maxAgeSeconds = 7_200;

/** Adds the headers to every answer of the paths, errors and paths that do not exist included, and answers preflights. */
export function addCors(app: HttpApp, { posts, gets, credentialed, sources }: CorsOptions): void {
  const patterns: ReadonlySet<string> = new Set([...posts, ...gets]);
  const openToCredentials: ReadonlySet<string> = new Set(credentialed);
  // When the answer is sent, not when the request comes: a refusal before the route is reached needs the headers too.
  app.addHook('onSend', (request, reply, _payload, done) => {
    const isUnknown = request.is404 && reply.statusCode === 404;
    const path = request.routeOptions.url ?? '';
    if (isUnknown || patterns.has(path)) {
      addHeaders(request, reply, decideGrant(request, sources, openToCredentials.has(path)));
    }
    done();
  });
  for (const path of patterns) {
    const method = posts.includes(path) ? 'POST' : 'GET, HEAD';
    app.options(path, { schema: { hide: true } }, (request, reply) => {
      const asked = request.headers['access-control-request-headers'];
      if (asked !== undefined && headerList.test(asked)) {
        reply.header('access-control-allow-headers', asked);
      }
      return reply
        .code(204)
        .header('access-control-allow-methods', `${method}, OPTIONS`)
        .header('access-control-max-age', String(maxAgeSeconds))
        .header('vary', 'Access-Control-Request-Headers')
        .send();
    });
  }
}

/** `any`: every origin, without credentials. `this`: the origin of the request, with credentials. */
interface Grant {
  to: 'any' | 'this' | 'none';
  /** Another origin may be answered otherwise. */
  varies: boolean;
}

/**
 * By the source of the key. A preflight and a refusal have no key: what any source grants is then granted, and the request
 * itself is answered by its own.
 */
function decideGrant(
  request: FastifyRequest,
  sources: CorsOptions['sources'],
  isCredentialed: boolean,
): Grant {
  const { principal } = request;
  const lists = (principal === null ? sources.publicSettings() : [sources.settingsOf(principal.source)]).map(
    ({ allowedOrigins }) => allowedOrigins,
  );
  const { origin } = request.headers;
  const isListed = origin !== undefined && lists.some((list) => list?.includes(origin) === true);
  const isOpen = lists.includes(undefined);
  const varies = isCredentialed || lists.some((list) => list !== undefined);
  if (isListed || (isOpen && isCredentialed && origin !== undefined)) return { to: 'this', varies };
  return { to: isOpen && !isCredentialed ? 'any' : 'none', varies };
}

function addHeaders(request: FastifyRequest, reply: FastifyReply, { to, varies }: Grant): void {
  if (varies) {
    // Caches must not give the answer of one origin to another.
    const vary = reply.getHeader('vary');
    reply.header('vary', vary === undefined ? 'Origin' : `${String(vary)}, Origin`);
  }
  if (to === 'none') return;
  if (to === 'any') reply.header('access-control-allow-origin', '*');
  else {
    reply.header('access-control-allow-origin', request.headers.origin);
    reply.header('access-control-allow-credentials', 'true');
  }
  // Without it no script sees how long to wait.
  reply.header('access-control-expose-headers', 'Retry-After, X-Request-Id, RateLimit, RateLimit-Policy');
}
