/** Length of a text in UTF-8 without encoding it; the core has no Buffer. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // A surrogate pair is 4 bytes over 2 units; everything else from U+0800 is 3 over 1.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** Whether a text is longer than `limit` bytes; asks the cheap question first. */
export function exceedsUtf8Length(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  return text.length * 3 > limit && utf8Length(text) > limit;
}
