/** Which encoding a file's text has, by its first bytes: Excel's "Unicode text" is UTF-16 with a byte order mark. */

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** As many bytes as `findEncoding` looks at. */
export const encodingHeadBytes = 64;

/** Null for what is no text in one of them. UTF-16 without its mark is not guessed. */
export function findEncoding(head: Uint8Array): TextEncoding | null {
  const [first, second, third, fourth] = head;
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? null : 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return head.subarray(0, encodingHeadBytes).includes(0) ? null : 'utf-8';
}
