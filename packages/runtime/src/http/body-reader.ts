/**
 * Reads a request's body into one buffer, within limits that hold before and after inflation. Written for fastify's
 * content type parsers because the stock reader answers an oversize body by closing the connection on a client that is
 * still sending, which then sees a reset and never the 413.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';
import type { Readable } from 'node:stream';
import { AppError } from '@throughline/contracts';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes of this request that count against the service's limit of bytes in flight. */
    bytesInFlight: number;
    /** The connection is gone or the answer is out: nothing is counted any more. */
    isBodyReleased: boolean;
  }
}

export interface BodyReader {
  /** @throws AppError payload_too_large, unsupported_media_type, malformed_request, overloaded */
  read(request: FastifyRequest, stream: Readable): Promise<Buffer>;
  /** To be called when the answer is out. */
  release(request: FastifyRequest): void;
  bytesInFlight(): number;
}

export interface BodyReaderOptions {
  /** Bodies in hand over all requests, inflated. */
  maxBytesInFlight: number;
}

/** An oversize body is read and dropped up to this many times its limit, so that its sender hears the answer. */
const drainFactor = 16;

type Decoder = (body: Buffer, limits: { maxOutputLength: number }) => Promise<Buffer>;

const decodeZlib: Decoder = promisify(inflate);
const decodeRaw: Decoder = promisify(inflateRaw);

const decoders = new Map<string, Decoder>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['br', promisify(brotliDecompress)],
  // RFC 9110 means zlib by "deflate"; many clients send the bare stream. A zlib header begins with 0x_8.
  ['deflate', (body, limits) => (((body[0] ?? 0) & 0x0f) === 8 ? decodeZlib : decodeRaw)(body, limits)],
]);

export function createBodyReader({ maxBytesInFlight }: BodyReaderOptions): BodyReader {
  let total = 0;

  function take(request: FastifyRequest, bytes: number): void {
    if (request.isBodyReleased) throw new AppError('malformed_request', 'the body broke off');
    total += bytes;
    request.bytesInFlight += bytes;
    if (total > maxBytesInFlight) {
      throw new AppError('overloaded', 'too many requests are being read; repeat this one');
    }
  }

  return {
    async read(request, stream) {
      const limit = request.routeOptions.bodyLimit;
      const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
      const decode = encoding === 'identity' || encoding === '' ? null : decoders.get(encoding);
      if (decode === undefined) {
        throw new AppError('unsupported_media_type', 'the content encoding is not supported', {
          field: 'content-encoding',
          expected: 'gzip, deflate, br or identity',
        });
      }
      const sent = await collect(stream, limit, (bytes) => take(request, bytes));
      if (decode === null || sent.length === 0) return sent;
      const body = await decode(sent, { maxOutputLength: limit }).catch((error: unknown) => {
        if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
        throw new AppError('malformed_request', `the body is not valid ${encoding}`, { cause: error });
      });
      take(request, body.length);
      return body;
    },
    release(request) {
      request.isBodyReleased = true;
      total -= request.bytesInFlight;
      request.bytesInFlight = 0;
    },
    bytesInFlight: () => total,
  };
}

function tooLarge(limit: number): AppError {
  return new AppError('payload_too_large', `a request holds at most ${limit} bytes, inflated`, {
    expected: `at most ${limit} bytes`,
  });
}

function collect(stream: Readable, limit: number, take: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let received = 0;
    let fault: AppError | null = null;
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (fault !== null) {
        // The connection is not worth more than this: answer now and let it be reset.
        if (received > limit * drainFactor) reject(fault);
        return;
      }
      try {
        if (received > limit) throw tooLarge(limit);
        take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        fault = error as AppError;
        chunks = [];
      }
    });
    stream.on('end', () => {
      if (fault !== null) reject(fault);
      else
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, received));
    });
    stream.on('error', (error) =>
      reject(new AppError('malformed_request', 'the body broke off', { cause: error })),
    );
  });
}
