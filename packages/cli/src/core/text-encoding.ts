/** Which encoding a file's text has, by its first bytes: Excel's "Unicode text" is UTF-16 with a byte order mark. */

/** Those that files come in, by the names of the Encoding standard (https://encoding.spec.whatwg.org/#names-and-labels). */
export const textEncodings = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-15',
  'macintosh',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'euc-kr',
] as const;
export type TextEncoding = (typeof textEncodings)[number];

/** As many bytes as `findEncoding` looks at. */
export const encodingHeadBytes = 64;

/** Null for what is no text in one of them. UTF-16 without its mark is not guessed. */
export function findEncoding(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
  const [first, second, third, fourth] = head;
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? null : 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return head.subarray(0, encodingHeadBytes).includes(0) ? null : 'utf-8';
}
