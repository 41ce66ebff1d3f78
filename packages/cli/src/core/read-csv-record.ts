/**
 * One record of CSV text by RFC 4180, with what people's programs make of it: any line end (LF, CRLF, the CR of old Macs),
 * and blanks around a quoted field. The text has one character for each byte of the file (latin1), so that places in it are
 * places in the file, whatever its bytes mean; the marks are written the same way.
 */

export interface CsvMarks {
  delimiter: string;
  quote: string | null;
}

export type CsvRecordStep =
  /**
   * `end` is behind the line end, which the last record may lack; `lines` ends of lines were passed, its own included. A
   * stray quote stands within a field that is not quoted: what was meant is unknown.
   */
  | {
      kind: 'record';
      values: string[];
      end: number;
      lines: number;
      hasLineEnd: boolean;
      hasStrayQuote: boolean;
    }
  /** More text is needed. `quoteAtLine` is how many lines further the quote opens that has not been closed yet. */
  | { kind: 'incomplete'; quoteAtLine: number | null }
  /** The text ends within quotes. */
  | { kind: 'unclosed'; quoteAtLine: number }
  /** Text follows a closing quote, so where the record ends is unknown. */
  | { kind: 'misplaced'; quoteAtLine: number; atLine: number };

const lf = 0x0a;
const cr = 0x0d;

type Field =
  | { kind: 'field'; value: string; end: number; lines: number; hasStrayQuote: boolean }
  | Exclude<CsvRecordStep, { kind: 'record' }>;

/** Reads from `from`, which is not behind the last character. `isLast`: there is no more text than this. */
export function readCsvRecord(text: string, from: number, marks: CsvMarks, isLast: boolean): CsvRecordStep {
  const values: string[] = [];
  let at = from;
  let lines = 0;
  let hasStrayQuote = false;
  for (;;) {
    const field = readField(text, at, marks, isLast);
    if (field.kind !== 'field') return shiftLines(field, lines);
    values.push(field.value);
    lines += field.lines;
    hasStrayQuote ||= field.hasStrayQuote;
    at = field.end;
    if (text.startsWith(marks.delimiter, at)) {
      at += marks.delimiter.length;
      continue;
    }
    const lineEnd = lineEndAt(text, at);
    // A CR may be the first half of a CRLF.
    if (lineEnd === '\r' && at + 1 === text.length && !isLast)
      return { kind: 'incomplete', quoteAtLine: null };
    const hasLineEnd = lineEnd !== '';
    if (hasLineEnd) lines += 1;
    return { kind: 'record', values, end: at + lineEnd.length, lines, hasLineEnd, hasStrayQuote };
  }
}

function shiftLines(field: Exclude<CsvRecordStep, { kind: 'record' }>, lines: number): CsvRecordStep {
  if (field.kind === 'misplaced') {
    return { ...field, quoteAtLine: field.quoteAtLine + lines, atLine: field.atLine + lines };
  }
  return field.quoteAtLine === null ? field : { ...field, quoteAtLine: field.quoteAtLine + lines };
}

function readField(text: string, from: number, marks: CsvMarks, isLast: boolean): Field {
  const opening = skipBlanks(text, from, marks.delimiter);
  if (marks.quote !== null && text.startsWith(marks.quote, opening)) {
    return readQuotedField(text, opening + marks.quote.length, { ...marks, quote: marks.quote }, isLast);
  }
  let at = from;
  let hasStrayQuote = false;
  // By codes, for this is where the time goes: 3 times as fast as comparing texts at every place.
  const delimiterCode = marks.delimiter.charCodeAt(0);
  const quoteCode = marks.quote?.charCodeAt(0);
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === lf || code === cr || (code === delimiterCode && text.startsWith(marks.delimiter, at))) {
      return { kind: 'field', value: text.slice(from, at), end: at, lines: 0, hasStrayQuote };
    }
    if (code === quoteCode && text.startsWith(marks.quote ?? '', at)) hasStrayQuote = true;
  }
  if (!isLast) return { kind: 'incomplete', quoteAtLine: null };
  return { kind: 'field', value: text.slice(from), end: at, lines: 0, hasStrayQuote };
}

/** `from` is behind the opening quote. */
function readQuotedField(
  text: string,
  from: number,
  { delimiter, quote }: CsvMarks & { quote: string },
  isLast: boolean,
): Field {
  const pieces: string[] = [];
  for (let at = from; ;) {
    const closing = text.indexOf(quote, at);
    if (closing < 0)
      return isLast ? { kind: 'unclosed', quoteAtLine: 0 } : { kind: 'incomplete', quoteAtLine: 0 };
    pieces.push(text.slice(at, closing));
    at = closing + quote.length;
    if (text.startsWith(quote, at)) {
      pieces.push(quote);
      at += quote.length;
      continue;
    }
    const end = skipBlanks(text, at, delimiter);
    // The mark behind it may not be here as a whole.
    if (!isLast && text.length - end < Math.max(quote.length, delimiter.length)) {
      return { kind: 'incomplete', quoteAtLine: 0 };
    }
    const value = pieces.join('');
    const lines = countLineEnds(value);
    if (end === text.length || lineEndAt(text, end) !== '' || text.startsWith(delimiter, end)) {
      return { kind: 'field', value, end, lines, hasStrayQuote: false };
    }
    return { kind: 'misplaced', quoteAtLine: 0, atLine: lines };
  }
}

function skipBlanks(text: string, from: number, delimiter: string): number {
  if (delimiter === ' ') return from;
  let at = from;
  while (text[at] === ' ') at += 1;
  return at;
}

function lineEndAt(text: string, at: number): '' | '\n' | '\r' | '\r\n' {
  const character = text[at];
  if (character === '\n') return '\n';
  if (character !== '\r') return '';
  return text[at + 1] === '\n' ? '\r\n' : '\r';
}

function countLineEnds(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}
