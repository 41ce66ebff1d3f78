/**
 * The one order of texts: by code point, which is the order of UTF-8 bytes and of Postgres' `collate "C"`. Ties between
 * touchpoints are broken by it in code and in SQL alike. JavaScript's own `<` compares UTF-16 units and differs beyond U+FFFF.
 */

/** Negative when `left` comes first. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rankOf(a) - rankOf(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above every other unit. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
