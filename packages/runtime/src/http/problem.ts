/** Faults become answers here and nowhere else: RFC 9457 problems with the status of the table in contracts. */
import { STATUS_CODES } from 'node:http';
import { AppError, problemCodes, type Problem, type ProblemCode } from '@throughline/contracts';
import type { FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { parameterFault } from './parameter-fault.ts';
import { apiHeaders } from './security-headers.ts';

const problemMediaType = 'application/problem+json';
/** Clients give up after 3 to 31 tries; 30 s lets them outlive a restart. */
const defaultRetryAfterSeconds = 30;

interface ProblemAnswer {
  status: number;
  headers: Record<string, string>;
  body: Problem;
}

/** The answer to a fault. Everything about it is said here: status, headers and body. */
export function problemOf(fault: AppError, requestId?: string): ProblemAnswer {
  const { status, title } = problemCodes[fault.code];
  const headers: Record<string, string> = { 'content-type': problemMediaType };
  if (status === 401) headers['www-authenticate'] = 'Bearer, Basic realm="throughline"';
  const { retryAfterSeconds, ...details } = fault.details;
  if (status === 503 || status === 429) {
    headers['retry-after'] = String(retryAfterSeconds ?? defaultRetryAfterSeconds);
  }
  const body: Problem = {
    ...details,
    type: `urn:throughline:problem:${fault.code}`,
    title,
    status,
    code: fault.code,
  };
  // A 401 is the same whatever was wrong with the key.
  if (fault.message !== '' && status !== 500 && status !== 401) body.detail = fault.message;
  if (requestId !== undefined) body.requestId = requestId;
  return { status, headers, body };
}

/** Sends a fault with all headers, also where no hook has run. */
export function sendProblem(reply: FastifyReply, fault: AppError, requestId: string): FastifyReply {
  const { status, headers, body } = problemOf(fault, requestId);
  // fastify closes the connection after a fault in the body; once all of it was read there is no need to.
  if (reply.request.raw.complete) reply.removeHeader('connection');
  // One serializer for problems: the route's own would strip or refuse what it does not know.
  return reply
    .code(status)
    .headers({ ...apiHeaders, ...headers, 'x-request-id': requestId })
    .serializer((payload) => (typeof payload === 'string' ? payload : JSON.stringify(payload)))
    .send(body);
}

/** A whole HTTP/1.1 answer for a connection whose request could not even be parsed. */
export function rawProblem(code: ProblemCode, detail: string): string {
  const { status, headers, body } = problemOf(new AppError(code, detail));
  const text = JSON.stringify(body);
  const head = {
    ...apiHeaders,
    ...headers,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${text}`;
}

const codeOfFrameworkError: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'empty_body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_NOT_FOUND: 'not_found',
};

// Classes 08 (connection), 53 (resources) and 57P0x (shutdown) of PostgreSQL's appendix A, and what sockets say.
const databaseDownPattern = /^(08...|53...|57P0.|ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE)$/;
const statementTimeout = '57014';
const diskFull = '53100';

/**
 * Any error as a fault with a code; one that is not known is `internal_error`, with the cause kept.
 * @param readableTypes media types that the route reads
 */
export function faultOf(error: unknown, readableTypes: readonly string[] = ['application/json']): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    return parameterFault(error.validation[0]);
  }
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (typeof code === 'string') {
    if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return wrongMediaType(readableTypes);
    const known = codeOfFrameworkError[code];
    if (known !== undefined) return new AppError(known, '');
    if (code === diskFull) {
      return new AppError('database_unavailable', "the database's disk is full", { cause: error });
    }
    if (databaseDownPattern.test(code)) return new AppError('database_unavailable', '', { cause: error });
    if (code === statementTimeout) {
      return new AppError('overloaded', 'the query took too long', { cause: error });
    }
  }
  if (error instanceof Error && error.message.startsWith('timeout exceeded when trying to connect')) {
    return new AppError('database_unavailable', '', { cause: error });
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new AppError('malformed_request', '', { cause: error });
  }
  return new AppError('internal_error', '', { cause: error });
}

function wrongMediaType(readableTypes: readonly string[]): AppError {
  const expected = readableTypes.join(' or ');
  return new AppError('unsupported_media_type', `the content type must be ${expected}`, {
    field: 'content-type',
    expected,
  });
}
