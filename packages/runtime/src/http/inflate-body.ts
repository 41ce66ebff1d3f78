/** Inflates a body step by step, so that what comes out is counted while it comes, not when it is all there. */
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Transform } from 'node:stream';
import { AppError } from '@throughline/contracts';

type CreateDecoder = (firstByte: number) => Transform;

const decoders = new Map<string, CreateDecoder>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['br', () => createBrotliDecompress()],
  // RFC 9110 means zlib by "deflate"; many clients send the bare stream. A zlib header begins with 0x_8.
  ['deflate', (firstByte) => ((firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw())],
]);

/** The decoder of a `Content-Encoding`, null for none. @throws AppError unsupported_media_type */
export function findDecoder(contentEncoding: string | undefined): CreateDecoder | null {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return null;
  const decoder = decoders.get(encoding);
  if (decoder !== undefined) return decoder;
  throw new AppError('unsupported_media_type', 'the content encoding is not supported', {
    field: 'content-encoding',
    expected: 'gzip, deflate, br or identity',
  });
}

/**
 * @param onChunk counts what comes out; what it throws ends the inflation
 * @throws AppError malformed_request, and what `onChunk` throws
 */
export function inflateBody(
  createDecoder: CreateDecoder,
  sent: Buffer,
  onChunk: (bytes: number) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const decoder = createDecoder(sent[0] ?? 0);
    decoder.on('data', (chunk: Buffer) => {
      try {
        onChunk(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        decoder.destroy(error as Error);
      }
    });
    decoder.on('end', () => resolve(Buffer.concat(chunks)));
    decoder.on('error', (error) => {
      const isOurs = error instanceof AppError;
      const message = 'the body is not what its content encoding says';
      reject(isOurs ? error : new AppError('malformed_request', message, { cause: error }));
    });
    decoder.end(sent);
  });
}
