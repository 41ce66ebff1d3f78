/** Lines with the places where they end, whatever the chunks they come in. */
import { StringDecoder } from 'node:string_decoder';

export interface Line {
  text: string;
  /** Counted from where the chunks begin, the line's end included. */
  endBytes: number;
  /** From 1. */
  number: number;
}

const lineMaxBytes = 1024 * 1024;

/** @throws Error when a line is longer than 1 MiB: the file is not one of lines */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let endBytes = 0;
  let number = 0;
  const lineOf = (): Line => {
    const bytes = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    number += 1;
    const text = new StringDecoder('utf8').end(bytes);
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text, endBytes, number };
  };
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(0x0a, from);
      const to = newline < 0 ? chunk.length : newline;
      pending.push(chunk.subarray(from, to));
      pendingBytes += to - from;
      if (pendingBytes > lineMaxBytes)
        throw new Error(`line ${number + 1} is longer than ${lineMaxBytes} bytes`);
      endBytes += to - from;
      from = to;
      if (newline >= 0) {
        endBytes += 1;
        from += 1;
        yield lineOf();
      }
    }
  }
  if (pendingBytes > 0) yield lineOf();
}
