/** Requests that Node's parser gives up on, before there is a request to answer: timeouts, oversize headers, nonsense. */
import type { Socket } from 'node:net';
import type { ProblemCode } from '@throughline/contracts';
import { rawProblem } from './problem.ts';

export interface ClientError extends Error {
  code?: string;
}

const codeOfParserError: Record<string, { code: ProblemCode; detail: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request_timeout', detail: 'the request did not arrive in time' },
  // The client closed its side with the body shorter than announced: nothing more will arrive in time.
  HPE_INVALID_EOF_STATE: { code: 'request_timeout', detail: 'the request ended before it was complete' },
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', detail: 'the headers are limited to 16 KiB' },
};

/** Answers if the connection can still be written to and no answer has begun, and closes it. */
export function answerClientError(error: ClientError, socket: Socket): ProblemCode | null {
  if (error.code === 'ECONNRESET' || socket.destroyed) return null;
  const { code, detail } = codeOfParserError[error.code ?? ''] ?? {
    code: 'malformed_request' as const,
    detail: 'this is not HTTP/1.1',
  };
  const begun = (socket as Socket & { _httpMessage?: { headersSent?: boolean } })._httpMessage?.headersSent;
  if (socket.writable && begun !== true) socket.end(rawProblem(code, detail), () => socket.destroy());
  else socket.destroy();
  return code;
}
