/** The bytes of a file's text from a place on; a gzip file is decompressed from its beginning, for it has no other. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

export interface OpenedText {
  chunks: AsyncIterable<Buffer>;
  /** About how many bytes of the file itself a place in its text stands for. Asked in ascending order. */
  fileBytesAt(textBytes: number): number;
}

const chunkBytes = 64 * 1024;

export async function openText(file: string, fromBytes: number): Promise<OpenedText> {
  if (!(await isGzip(file))) {
    const source = createReadStream(file, { start: fromBytes, highWaterMark: chunkBytes });
    return { chunks: source as AsyncIterable<Buffer>, fileBytesAt: (textBytes) => textBytes };
  }
  const source = createReadStream(file, { highWaterMark: chunkBytes });
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  // Reading is ahead of what is acknowledged, so where each chunk began is remembered until its place is passed.
  const marks: { text: number; file: number }[] = [];
  async function* decompressed(): AsyncGenerator<Buffer> {
    const flow = pipeline(source, gunzip);
    // The loop meets the same error.
    flow.catch(() => {});
    let text = 0;
    try {
      for await (const chunk of gunzip as AsyncIterable<Buffer>) {
        text += chunk.length;
        marks.push({ text, file: gunzip.bytesWritten });
        if (text <= fromBytes) continue;
        yield chunk.subarray(Math.max(0, chunk.length - (text - fromBytes)));
      }
    } catch (error) {
      throw new Error(
        `the gzip file is damaged or cut off after ${text} bytes of text (${(error as Error).message})`,
        { cause: error },
      );
    }
  }
  return {
    chunks: decompressed(),
    fileBytesAt(textBytes) {
      while (marks.length > 1 && (marks[1]?.text ?? 0) <= textBytes) marks.shift();
      return marks[0]?.file ?? 0;
    },
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
