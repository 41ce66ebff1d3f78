/** The order of text that breaks ties. */

/** By code point, which is the order of the UTF-8 bytes; `<` on strings differs from it beyond U+FFFF. */
export function compareByCodePoint(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    if (left[index] !== right[index]) {
      return (left.codePointAt(index) ?? 0) - (right.codePointAt(index) ?? 0);
    }
  }
  return left.length - right.length;
}
