/** The rows of a file from a place on. The same rows come with the same places, wherever reading begins. */
import { fileStart, type Position, type Row } from '../core/position.ts';
import type { FileFormat } from '../core/mapping-schema.ts';
import { readCsvRecords } from './read-csv.ts';
import { lineMaxBytes, readLines, type Line } from './read-lines.ts';

/** Opens the text at a byte. */
export type OpenAt = (bytes: number) => Promise<AsyncIterable<Buffer>>;

export interface RowSource {
  /** Names of the columns; null where the rows name their own. */
  columns: readonly string[] | null;
  /** Those that the header names more than once: which one is meant is unknown. */
  repeatedColumns: readonly string[];
  rows: AsyncIterable<Row>;
}

interface RawRecord {
  values: readonly string[];
  endBytes: number;
  line: number;
  fault?: Fault;
}

type Fault = NonNullable<Row['fault']>;

const malformed = (message: string): Fault => ({ code: 'malformed_row', message });
const tooLong = malformed(`the line is longer than ${lineMaxBytes} bytes`);

/** What decoding puts for bytes that are none of a text: two names in another encoding would become one. */
const replacement = '\ufffd';
const notUtf8: Fault = {
  code: 'not_utf8',
  message: 'the row has bytes that are not UTF-8, or the mark that was put for such',
};

const strayQuote = malformed('a quote stands within a field that is not quoted');

/** @throws Error when there is no header, or none in UTF-8 */
export async function openRows(openAt: OpenAt, format: FileFormat, from: Position): Promise<RowSource> {
  if (format.type === 'jsonl') {
    return { columns: null, repeatedColumns: [], rows: readJsonRows(await openAt(from.bytes), from) };
  }
  const read = (chunks: AsyncIterable<Buffer>, linesBefore: number): AsyncIterable<RawRecord> =>
    format.type === 'csv' ? readQuotedRecords(chunks, format, linesBefore) : readWhitespaceRecords(chunks);
  const title = await findTitleEnd(openAt, format.skipLines ?? 0);
  if (format.columns !== undefined) {
    const { columns } = format;
    const begin = from.bytes === 0 ? title : from;
    const rows = namedRows(read(await openAt(begin.bytes), begin.lines), columns, begin);
    return { columns, repeatedColumns: findRepeated(columns), rows };
  }
  const header = await firstRecord(read(await openAt(title.bytes), title.lines));
  const names = checkHeader(header);
  // Rows begin after the header, which stands where reading starts over.
  const behindHeader = {
    ...fileStart,
    bytes: title.bytes + header.endBytes,
    lines: title.lines + header.line,
  };
  const begin = from.bytes === 0 ? behindHeader : from;
  const records = read(await openAt(begin.bytes), begin.lines);
  return {
    columns: names,
    repeatedColumns: findRepeated(names),
    rows: namedRows(records, names, begin),
  };
}

/** Behind the lines that spreadsheets and reports put above the table. */
async function findTitleEnd(openAt: OpenAt, skipLines: number): Promise<Position> {
  if (skipLines === 0) return fileStart;
  for await (const { number, endBytes } of readLines(await openAt(0))) {
    if (number === skipLines) return { bytes: endBytes, lines: number, rows: 0 };
  }
  throw new Error(`it has fewer than the ${skipLines} lines that skipLines names`);
}

async function* readQuotedRecords(...input: Parameters<typeof readCsvRecords>): AsyncGenerator<RawRecord> {
  for await (const { hasStrayQuote, ...record } of readCsvRecords(...input)) {
    yield hasStrayQuote ? { ...record, fault: strayQuote } : record;
  }
}

async function firstRecord(records: AsyncIterable<RawRecord>): Promise<RawRecord> {
  for await (const record of records) return record;
  throw new Error('the file is empty');
}

function checkHeader({ values, fault }: RawRecord): string[] {
  if (fault !== undefined) throw new Error(`its first line is no header: ${fault.message}`);
  if (values.some((name) => name.includes('\0') || name.includes(replacement))) {
    throw new Error('it is not a text in UTF-8');
  }
  return values.map((name) => name.trim());
}

function findRepeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

/** A name that comes again gets a number, so that a refused row is written down with all its fields. */
function distinctNames(names: readonly string[]): string[] {
  const given = new Set(names);
  return names.map((name, index) => {
    if (names.indexOf(name) === index) return name;
    for (let number = 2; ; number += 1) {
      const distinct = `${name} (${number})`;
      if (given.has(distinct)) continue;
      given.add(distinct);
      return distinct;
    }
  });
}

async function* namedRows(
  records: AsyncIterable<RawRecord>,
  columns: readonly string[],
  from: Position,
): AsyncGenerator<Row> {
  let rows = from.rows;
  const names = distinctNames(columns);
  for await (const { values, endBytes, line, fault: broken } of records) {
    rows += 1;
    const end = { bytes: from.bytes + endBytes, lines: from.lines + line, rows };
    const fields = Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
    for (const [index, value] of values.entries()) {
      if (index >= names.length) fields[`(column ${index + 1})`] = value;
    }
    const fault = broken ?? findFault(values, columns.length);
    yield fault === null ? { fields, end } : { fields, end, fault };
  }
}

function findFault(values: readonly string[], columns: number): Fault | null {
  if (values.length !== columns) {
    return malformed(`the row has ${values.length} fields where the file has ${columns} columns`);
  }
  return values.some((value) => value.includes(replacement)) ? notUtf8 : null;
}

async function* readWhitespaceRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord> {
  for await (const line of readLines(chunks)) {
    const { endBytes, number } = line;
    const trimmed = line.text.trim();
    if (line.isTooLong) yield { values: [trimmed], endBytes, line: number, fault: tooLong };
    else if (trimmed !== '') yield { values: trimmed.split(/\s+/), endBytes, line: number };
  }
}

async function* readJsonRows(chunks: AsyncIterable<Buffer>, from: Position): AsyncGenerator<Row> {
  let rows = from.rows;
  for await (const line of readLines(chunks)) {
    const { endBytes, number } = line;
    // Trimmed of a byte order mark too.
    const trimmed = line.text.trim();
    if (trimmed === '') continue;
    rows += 1;
    const end = { bytes: from.bytes + endBytes, lines: from.lines + number, rows };
    const fields = line.isTooLong ? null : parseObject(trimmed);
    const fault = findLineFault(line, fields);
    yield fault === null
      ? { fields: fields ?? {}, end }
      : { fields: fields ?? { text: trimmed }, end, fault };
  }
}

function findLineFault({ text, isTooLong }: Line, fields: Record<string, unknown> | null): Fault | null {
  if (isTooLong) return tooLong;
  if (text.includes(replacement)) return notUtf8;
  return fields === null ? malformed('the line is not a JSON object') : null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
