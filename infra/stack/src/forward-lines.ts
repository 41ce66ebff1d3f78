/** Passes on whole lines of several processes to one stream, so that no line is cut in two by another process's. */
import type { Readable, Writable } from 'node:stream';

const newline = 0x0a;

/** A line longer than this is passed on in pieces rather than held in memory. */
const longestHeldBytes = 1024 * 1024;

export function forwardLines(from: Readable, to: Writable): void {
  let rest: Buffer[] = [];
  let held = 0;
  const flush = (): void => {
    if (held > 0) to.write(Buffer.concat(rest));
    rest = [];
    held = 0;
  };
  const hold = (bytes: Buffer): void => {
    rest.push(bytes);
    held += bytes.length;
  };
  from.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > 0) {
      hold(chunk.subarray(0, end));
      flush();
    }
    if (end < chunk.length) hold(chunk.subarray(end));
    if (held > longestHeldBytes) flush();
  });
  from.on('end', () => {
    if (held > 0) hold(Buffer.of(newline));
    flush();
  });
  // The other end was killed: what it said so far has been passed on.
  from.on('error', flush);
}
