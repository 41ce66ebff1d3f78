/** The records of a CSV file with the places where they end: a record may span several lines. */
import type { FileFormat } from '../core/mapping-schema.ts';
import { readCsvRecord, type CsvMarks, type CsvRecordStep } from '../core/read-csv-record.ts';

export interface CsvRecord {
  values: readonly string[];
  /** Counted from where the chunks begin, the record's line end included. */
  endBytes: number;
  /** The record's last line, counted from where the chunks begin, from 1. */
  line: number;
  hasStrayQuote: boolean;
}

type CsvFormat = Pick<Extract<FileFormat, { type: 'csv' }>, 'delimiter' | 'quote'>;

const recordMaxBytes = 1024 * 1024;
const byteOrderMark = '\u00ef\u00bb\u00bf';

/**
 * `linesBefore` stand before the chunks; a byte order mark is left out where there are none. Holds no more than
 * `recordMaxBytes` and a chunk.
 *
 * @throws Error on a misplaced or unclosed quote or a record over 1 MiB, naming the file's line, after every record before
 */
export async function* readCsvRecords(
  chunks: AsyncIterable<Buffer>,
  format: CsvFormat,
  linesBefore: number,
): AsyncGenerator<CsvRecord> {
  const marks = marksOf(format);
  const reader = { text: '', endBytes: 0, line: 0, isAtStart: linesBefore === 0 };
  const lineOf = (further: number): number => linesBefore + reader.line + 1 + further;

  function* complete(isLast: boolean): Generator<CsvRecord> {
    let at = startOf(reader, isLast);
    if (at === null) return;
    while (at < reader.text.length) {
      const step = readCsvRecord(reader.text, at, marks, isLast);
      if (step.kind === 'incomplete' && reader.text.length - at <= recordMaxBytes) break;
      if (step.kind !== 'record') throw new Error(describeFault(step, lineOf));
      const { values, end, lines, hasLineEnd, hasStrayQuote } = step;
      if (end - at > recordMaxBytes) throw new Error(tooLong(lineOf(0)));
      const isEmptyLine = '\r\n'.includes(reader.text.charAt(at));
      reader.endBytes += end - at;
      reader.line += lines;
      at = end;
      if (isEmptyLine) continue;
      const line = hasLineEnd ? reader.line : reader.line + 1;
      yield { values: values.map(decodeBytes), endBytes: reader.endBytes, line, hasStrayQuote };
    }
    reader.text = reader.text.slice(at);
  }

  for await (const chunk of chunks) {
    reader.text += chunk.toString('latin1');
    yield* complete(false);
  }
  yield* complete(true);
}

/** Behind the byte order mark; null while it may still come. */
function startOf(
  reader: { text: string; endBytes: number; isAtStart: boolean },
  isLast: boolean,
): number | null {
  if (!reader.isAtStart) return 0;
  if (!isLast && reader.text.length < byteOrderMark.length) return null;
  reader.isAtStart = false;
  if (!reader.text.startsWith(byteOrderMark)) return 0;
  reader.endBytes += byteOrderMark.length;
  return byteOrderMark.length;
}

function describeFault(
  step: Exclude<CsvRecordStep, { kind: 'record' }>,
  lineOf: (further: number) => number,
): string {
  switch (step.kind) {
    case 'misplaced':
      return `text follows the quote that closes a field in line ${lineOf(step.atLine)}: a quote within a field is written twice`;
    case 'unclosed':
      return `a quote is opened and never closed, in line ${lineOf(step.quoteAtLine)}`;
    case 'incomplete':
      return step.quoteAtLine === null
        ? tooLong(lineOf(0))
        : `a quote is opened and not closed for ${recordMaxBytes} bytes, in line ${lineOf(step.quoteAtLine)}`;
    default:
      return step satisfies never;
  }
}

function tooLong(line: number): string {
  return `a row is longer than ${recordMaxBytes} bytes, in line ${line}`;
}

function marksOf({ delimiter, quote }: CsvFormat): CsvMarks {
  const bytesOf = (mark: string): string => Buffer.from(mark).toString('latin1');
  return { delimiter: bytesOf(delimiter), quote: quote === null ? null : bytesOf(quote) };
}

/** Most values are ASCII, whose bytes are their characters. */
function decodeBytes(bytes: string): string {
  return /[\u0080-\u00ff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}
