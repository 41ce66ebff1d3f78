/** Texts with holes: `cdnow-{customer_id}`. `{@row}` is the row's number; a brace itself is written twice. */

export type TemplatePart = { kind: 'text'; text: string } | { kind: 'column'; column: string };

export type ParsedTemplate = { ok: true; parts: TemplatePart[] } | { ok: false; message: string };

export const rowNumber = '@row';

export function parseTemplate(source: string): ParsedTemplate {
  const parts: TemplatePart[] = [];
  let text = '';
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] as string;
    if ((character === '{' || character === '}') && source[at + 1] === character) {
      text += character;
      at += 1;
    } else if (character === '}') {
      return { ok: false, message: `a } at ${at + 1} closes nothing; a brace itself is written }}` };
    } else if (character === '{') {
      const end = source.indexOf('}', at);
      if (end < 0)
        return { ok: false, message: `the { at ${at + 1} is never closed; a brace itself is written {{` };
      const column = source.slice(at + 1, end).trim();
      if (column === '') return { ok: false, message: `the braces at ${at + 1} name no column` };
      if (column.startsWith('@') && column !== rowNumber) {
        return { ok: false, message: `there is no ${column}, only ${rowNumber}` };
      }
      if (text !== '') parts.push({ kind: 'text', text });
      text = '';
      parts.push({ kind: 'column', column });
      at = end;
    } else {
      text += character;
    }
  }
  if (text !== '') parts.push({ kind: 'text', text });
  return { ok: true, parts };
}

/** Columns of the file that a template reads. */
export function columnsOf(parts: readonly TemplatePart[]): string[] {
  return parts.flatMap((part) => (part.kind === 'column' && part.column !== rowNumber ? [part.column] : []));
}
