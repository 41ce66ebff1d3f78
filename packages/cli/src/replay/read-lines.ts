/** Lines with the places where they end, whatever the chunks they come in. */
import { StringDecoder } from 'node:string_decoder';

export interface Line {
  /** Of a line that is too long its beginning. */
  text: string;
  isTooLong: boolean;
  /** Counted from where the chunks begin, the line's end included. */
  endBytes: number;
  /** From 1. */
  number: number;
}

export const lineMaxBytes = 1024 * 1024;
const beginningBytes = 1024;

/** Holds no more than `lineMaxBytes` of a line. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let isTooLong = false;
  let endBytes = 0;
  let number = 0;
  const lineOf = (): Line => {
    const bytes = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending);
    const line = { isTooLong, endBytes, number: (number += 1) };
    pending = [];
    pendingBytes = 0;
    isTooLong = false;
    const text = new StringDecoder('utf8').end(line.isTooLong ? bytes.subarray(0, beginningBytes) : bytes);
    return { ...line, text: text.endsWith('\r') ? text.slice(0, -1) : text };
  };
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(0x0a, from);
      const to = newline < 0 ? chunk.length : newline;
      if (!isTooLong) pending.push(chunk.subarray(from, to));
      pendingBytes += to - from;
      if (!isTooLong && pendingBytes > lineMaxBytes) {
        isTooLong = true;
        pending = [Buffer.concat(pending)];
      }
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
