/** Lines with the places where they end, whatever the chunks they come in. They end in LF, CRLF or, from old Macs, CR. */
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
const lf = 0x0a;
const cr = 0x0d;

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
    return { ...line, text };
  };
  // A CR may be the first half of a CRLF, whose second half is in the next chunk.
  let isBehindCr = false;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    let from = 0;
    if (isBehindCr) {
      if (chunk[0] === lf) {
        endBytes += 1;
        from = 1;
      }
      isBehindCr = false;
      yield lineOf();
    }
    while (from < chunk.length) {
      const lineEnd = findLineEnd(chunk, from);
      const to = lineEnd < 0 ? chunk.length : lineEnd;
      if (!isTooLong) pending.push(chunk.subarray(from, to));
      pendingBytes += to - from;
      if (!isTooLong && pendingBytes > lineMaxBytes) {
        isTooLong = true;
        pending = [Buffer.concat(pending)];
      }
      endBytes += to - from;
      from = to;
      if (lineEnd < 0) break;
      endBytes += 1;
      from += 1;
      if (chunk[lineEnd] === cr) {
        if (from === chunk.length) {
          isBehindCr = true;
          break;
        }
        if (chunk[from] === lf) {
          endBytes += 1;
          from += 1;
        }
      }
      yield lineOf();
    }
  }
  if (isBehindCr || pendingBytes > 0) yield lineOf();
}

/** -1 when there is none. */
function findLineEnd(chunk: Buffer, from: number): number {
  for (let at = from; at < chunk.length; at += 1) {
    if (chunk[at] === lf || chunk[at] === cr) return at;
  }
  return -1;
}
