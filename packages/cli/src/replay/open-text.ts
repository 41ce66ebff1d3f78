/** The bytes of a file's text from a place on; a gzip file is decompressed from its beginning, for it has no other. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

export interface OpenedText {
  chunks: AsyncIterable<Buffer>;
  isCompressed: boolean;
  /** Bytes of the file itself that were read so far. */
  fileBytesRead(): number;
}

const chunkBytes = 256 * 1024;

export async function openText(file: string, fromBytes: number): Promise<OpenedText> {
  const isCompressed = await isGzip(file);
  let fileBytes = isCompressed ? 0 : fromBytes;
  const source = createReadStream(file, { start: fileBytes, highWaterMark: chunkBytes });
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      fileBytes += chunk.length;
      yield chunk;
    }
  }
  return {
    chunks: isCompressed ? skipBytes(gunzip(counted()), fromBytes) : counted(),
    isCompressed,
    fileBytesRead: () => fileBytes,
  };
}

/** By its first bytes: names lie. */
async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decompressed = createGunzip({ chunkSize: chunkBytes });
  const flow = pipeline(Readable.from(chunks), decompressed);
  // The loop that reads meets the same error.
  flow.catch(() => {});
  yield* decompressed as AsyncIterable<Buffer>;
}

async function* skipBytes(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
