/**
 * Browsers may send from any page, with any headers: clients add some on a retry, so a fixed list lets the first attempt
 * pass and blocks every retry. No credentials are ever allowed, and what is answered tells nothing about anybody.
 */
import type { HttpApp } from '@throughline/runtime';

const headerList = /^[A-Za-z0-9!#$%&'*+.^_`|~,\s-]{1,1000}$/;
/** Chromium's own maximum. */
const maxAgeSeconds = 7_200;

/** Adds the headers to every answer of the scope, errors included, and answers preflights of the given paths. */
export function addCors(scope: HttpApp, paths: readonly string[]): void {
  scope.addHook('onRequest', (_request, reply, done) => {
    reply.header('access-control-allow-origin', '*');
    // Without it no script sees how long to wait.
    reply.header('access-control-expose-headers', 'Retry-After, X-Request-Id');
    done();
  });
  for (const path of paths) {
    scope.options(path, { schema: { hide: true } }, (request, reply) => {
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
