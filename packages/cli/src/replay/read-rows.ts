/** The rows of a file from a place on. The same rows come with the same places, wherever reading begins. */
import { fileStart, type Position, type Row } from '../core/position.ts';
import type { FileFormat } from '../core/mapping-schema.ts';
import { readCsvRecords } from './read-csv.ts';
import { readLines } from './read-lines.ts';

/** Opens the text at a byte. */
export type OpenAt = (bytes: number) => Promise<AsyncIterable<Buffer>>;

export interface RowSource {
  /** Names of the columns; null where the rows name their own. */
  columns: readonly string[] | null;
  rows: AsyncIterable<Row>;
}

interface RawRecord {
  values: readonly string[];
  endBytes: number;
  line: number;
}

/** @throws Error when there is no header, or it names a column twice */
export async function openRows(openAt: OpenAt, format: FileFormat, from: Position): Promise<RowSource> {
  if (format.type === 'jsonl') return { columns: null, rows: readJsonRows(await openAt(from.bytes), from) };
  const read = (chunks: AsyncIterable<Buffer>): AsyncIterable<RawRecord> =>
    format.type === 'csv' ? readCsvRecords(chunks, format) : readWhitespaceRecords(chunks);
  if (format.columns !== undefined) {
    const { columns } = format;
    return { columns, rows: namedRows(read(await openAt(from.bytes)), columns, from) };
  }
  const header = await firstRecord(read(await openAt(0)));
  const columns = checkHeader(header);
  // Rows begin after the header, which stands where reading begins anew.
  const begin = from.bytes === 0 ? { ...fileStart, bytes: header.endBytes, lines: header.line } : from;
  return { columns, rows: namedRows(read(await openAt(begin.bytes)), columns, begin) };
}

async function firstRecord(records: AsyncIterable<RawRecord>): Promise<RawRecord> {
  for await (const record of records) return record;
  throw new Error('the file is empty');
}

function checkHeader({ values }: RawRecord): string[] {
  const columns = values.map((name) => name.trim());
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) throw new Error(`the header names ${JSON.stringify(repeated)} twice`);
  return columns;
}

async function* namedRows(
  records: AsyncIterable<RawRecord>,
  columns: readonly string[],
  from: Position,
): AsyncGenerator<Row> {
  let rows = from.rows;
  for await (const { values, endBytes, line } of records) {
    rows += 1;
    const end = { bytes: from.bytes + endBytes, lines: from.lines + line, rows };
    const fields = Object.fromEntries(columns.map((name, index) => [name, values[index] ?? '']));
    if (values.length === columns.length) yield { fields, end };
    else {
      yield {
        fields,
        end,
        fault: `the row has ${values.length} fields where the file has ${columns.length} columns`,
      };
    }
  }
}

async function* readWhitespaceRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord> {
  for await (const { text, endBytes, number } of readLines(chunks)) {
    const trimmed = text.trim();
    if (trimmed !== '') yield { values: trimmed.split(/\s+/), endBytes, line: number };
  }
}

async function* readJsonRows(chunks: AsyncIterable<Buffer>, from: Position): AsyncGenerator<Row> {
  let rows = from.rows;
  for await (const { text, endBytes, number } of readLines(chunks)) {
    // Trimmed of a byte order mark too.
    const trimmed = text.trim();
    if (trimmed === '') continue;
    rows += 1;
    const end = { bytes: from.bytes + endBytes, lines: from.lines + number, rows };
    const fields = parseObject(trimmed);
    if (fields === null) yield { fields: { text: trimmed }, end, fault: 'the line is not a JSON object' };
    else yield { fields, end };
  }
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
