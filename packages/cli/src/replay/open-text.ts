/**
 * The bytes of a file's text, in UTF-8, from a place on. A gzip file or one in UTF-16 is read from its beginning, for the
 * places are those of the text that comes out.
 */
import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { encodingHeadBytes, findEncoding, type TextEncoding } from '../core/text-encoding.ts';

export interface OpenedText {
  chunks: AsyncIterable<Buffer>;
  /** About how many bytes of the file itself a place in its text stands for. Asked in ascending order. */
  fileBytesAt(textBytes: number): number;
}

const chunkBytes = 64 * 1024;

/** @throws Error when it is not a text in the encoding, by default UTF-8 or UTF-16, or is damaged; also while the chunks are read */
export async function openText(
  file: string,
  fromBytes: number,
  encoding?: TextEncoding,
): Promise<OpenedText> {
  const head = await readHead(file);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const found = encoding ?? (isGzip ? null : findEncoding(head));
  if (!isGzip && found === null) throw notAText();
  if (!isGzip && found === 'utf-8') {
    const source = createReadStream(file, { start: fromBytes, highWaterMark: chunkBytes });
    return { chunks: source as AsyncIterable<Buffer>, fileBytesAt: (textBytes) => textBytes };
  }
  const source = createReadStream(file, { highWaterMark: chunkBytes });
  return fromPlace(isGzip ? decompress(source) : readPlain(source), fromBytes, encoding);
}

interface FileBytes {
  chunks: AsyncIterable<Buffer>;
  /** How much of the file the chunks so far are made of. */
  fileBytes: () => number;
}

/** Its first bytes: names lie. */
async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(encodingHeadBytes), 0, encodingHeadBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function readPlain(source: ReadStream): FileBytes {
  return { chunks: source as AsyncIterable<Buffer>, fileBytes: () => source.bytesRead };
}

function decompress(source: ReadStream): FileBytes {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  async function* decompressed(): AsyncGenerator<Buffer> {
    const flow = pipeline(source, gunzip);
    // The loop meets the same error.
    flow.catch(() => {});
    let text = 0;
    try {
      for await (const chunk of gunzip as AsyncIterable<Buffer>) {
        text += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw new Error(
        `the gzip file is damaged or cut off after ${text} bytes of text (${(error as Error).message})`,
        { cause: error },
      );
    }
  }
  return { chunks: decompressed(), fileBytes: () => gunzip.bytesWritten };
}

/** To UTF-8. Halves of a character that stand alone become U+FFFD, as bytes that are not UTF-8 do. */
async function* decode(
  chunks: AsyncIterable<Buffer>,
  given: TextEncoding | undefined,
): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let encoding: TextEncoding | null = given ?? null;
  for await (const chunk of joinHead(chunks)) {
    encoding ??= findEncoding(chunk);
    if (encoding === null) throw notAText();
    if (encoding === 'utf-8') {
      yield chunk;
      continue;
    }
    decoder ??= new TextDecoder(encoding);
    yield Buffer.from(decoder.decode(chunk, { stream: true }));
  }
  const rest = Buffer.from(decoder?.decode() ?? '');
  if (rest.length > 0) yield rest;
}

/** The first chunk is long enough for the encoding to be found, or all there is. */
async function* joinHead(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < encodingHeadBytes) continue;
    yield head;
    head = null;
  }
  if (head !== null) yield head;
}

/** Reading is ahead of what is acknowledged, so where each chunk began is remembered until its place is passed. */
function fromPlace(
  { chunks, fileBytes }: FileBytes,
  fromBytes: number,
  encoding: TextEncoding | undefined,
): OpenedText {
  const marks: { text: number; file: number }[] = [];
  async function* rest(): AsyncGenerator<Buffer> {
    let text = 0;
    for await (const chunk of decode(chunks, encoding)) {
      text += chunk.length;
      marks.push({ text, file: fileBytes() });
      if (text <= fromBytes) continue;
      yield chunk.subarray(Math.max(0, chunk.length - (text - fromBytes)));
    }
  }
  return {
    chunks: rest(),
    fileBytesAt(textBytes) {
      while (marks.length > 1 && (marks[1]?.text ?? 0) <= textBytes) marks.shift();
      return marks[0]?.file ?? 0;
    },
  };
}

function notAText(): Error {
  return new Error(
    'it is not a text in UTF-8, nor in UTF-16 with a byte order mark: name its "encoding" in the mapping\'s format',
  );
}
