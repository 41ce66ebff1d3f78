/** Requests that Node's parser gives up on, before there is a request to answer: timeouts, oversize headers, nonsense. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemCode } from '@throughline/contracts';
import type { Logger } from '../logger.ts';
import type { HttpApp } from './http-app.ts';
import { rawProblem } from './problem.ts';

interface ClientError extends Error {
  code?: string;
}

export type ClientErrorHandler = (error: ClientError, socket: Socket) => void;

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

const codeOfParserError: Record<string, { code: ProblemCode; detail: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request_timeout', detail: 'the request did not arrive in time' },
  // The client closed its side with the body shorter than announced: nothing more will arrive in time.
  HPE_INVALID_EOF_STATE: { code: 'request_timeout', detail: 'the request ended before it was complete' },
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', detail: 'the headers are limited to 16 KiB' },
};

/**
 * Requests that came whole before the unreadable one (a client may send several without waiting) get their own answers
 * first: otherwise the sender of an accepted touchpoint would read the refusal of what follows it, and send it again.
 */
export function createClientErrors(logger: Logger): {
  handle: ClientErrorHandler;
  /** Learns of every exchange of the server. */
  watch: (app: HttpApp) => void;
} {
  const exchanges = new WeakMap<Socket, Set<Exchange>>();
  /** A parser that has failed fails again for every further packet. */
  const refused = new WeakSet<Socket>();
  return {
    watch(app) {
      app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        const open = exchanges.get(request.socket) ?? new Set();
        exchanges.set(request.socket, open);
        const exchange = { request, response };
        open.add(exchange);
        response.once('close', () => open.delete(exchange));
      });
    },
    handle(error, socket) {
      if (error.code === 'ECONNRESET' || socket.destroyed) {
        socket.destroy();
        return;
      }
      if (refused.has(socket)) return;
      refused.add(socket);
      const refusal = codeOfParserError[error.code ?? ''] ?? {
        code: 'malformed_request' as const,
        detail: 'this is not HTTP/1.1',
      };
      logger.info({ event: 'request.refused', code: refusal.code, route: null }, 'unreadable request');
      const open = exchanges.get(socket) ?? new Set();
      void refuseAfter(open, socket, rawProblem(refusal.code, refusal.detail));
    },
  };
}

async function refuseAfter(open: ReadonlySet<Exchange>, socket: Socket, refusal: string): Promise<void> {
  const whole = [...open].filter(({ request }) => request.complete);
  await Promise.all(whole.map(({ response }) => closed(response)));
  // One is left when the unreadable bytes belong to its body.
  const hasBegun = [...open].some(({ response }) => response.headersSent);
  if (socket.writable && !hasBegun) socket.end(refusal, () => socket.destroy());
  else socket.destroy();
}

function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', () => resolve());
  });
}
