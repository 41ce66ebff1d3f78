/**
 * Cookies are sent by any page of the same site, and ports do not distinguish sites: a page on another port of this machine
 * is "same-site". So what the browser says of the request's origin decides, and a change needs a header that only a script
 * of the same origin can set without a preflight, which is never granted.
 */
import { AppError } from '@throughline/contracts';
import type { FastifyRequest } from 'fastify';

export const consoleHeader = 'throughline-console';

/** @throws AppError cross_origin */
export function assertSameOrigin(request: FastifyRequest): void {
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const site = request.headers['sec-fetch-site'];
  // `none` is an address that was typed in.
  const isForeignSite = site !== undefined && site !== 'same-origin' && !(isReading && site === 'none');
  const { origin } = request.headers;
  const isForeignOrigin = origin !== undefined && hostOf(origin) !== request.host;
  if (isForeignSite || isForeignOrigin) {
    throw new AppError('cross_origin', 'the request comes from a page of another origin');
  }
  if (!isReading && request.headers[consoleHeader] === undefined) {
    throw new AppError('cross_origin', `a change needs the header ${consoleHeader}`, {
      field: consoleHeader,
    });
  }
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
