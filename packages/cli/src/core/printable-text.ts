/** Names, values and messages are input: a terminal must not obey what stands in them. */

export function printableText(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, '\ufffd');
}

/** The same for text of several lines that the command has put together. */
export function printableLines(text: string): string {
  return text.split('\n').map(printableText).join('\n');
}
