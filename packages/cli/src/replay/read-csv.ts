/** CSV by RFC 4180, with the places where records end: a record may go over several lines. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { FileFormat } from '../core/mapping-schema.ts';

export interface CsvRecord {
  values: readonly string[];
  /** Counted from where the chunks begin. */
  endBytes: number;
  /** The record's last line, from 1. */
  line: number;
}

const recordMaxCharacters = 1024 * 1024;

/**
 * `linesBefore` stand before the chunks.
 *
 * @throws Error on a quote that does not fit or a record over 1 MiB, naming the file's line
 */
export async function* readCsvRecords(
  chunks: AsyncIterable<Buffer>,
  { delimiter, quote }: Pick<Extract<FileFormat, { type: 'csv' }>, 'delimiter' | 'quote'>,
  linesBefore: number,
): AsyncGenerator<CsvRecord> {
  const parser = parse({
    info: true,
    bom: true,
    delimiter,
    quote: quote ?? false,
    // Told, not found out: what it finds out would depend on where reading begins.
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: recordMaxCharacters,
  });
  const flow = pipeline(Readable.from(chunks, { highWaterMark: 1 }), parser);
  // The loop below meets the same error.
  flow.catch(() => {});
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { bytes: number; lines: number };
    }>) {
      yield { values: record, endBytes: info.bytes, line: info.lines };
    }
  } catch (error) {
    throw atLineOfFile(error, linesBefore);
  }
}

/** The parser counts from where it began. */
function atLineOfFile(error: unknown, linesBefore: number): unknown {
  if (!(error instanceof CsvError)) return error;
  const message = error.message.replace(
    /\bline (\d+)/,
    (_text, line) => `line ${Number(line) + linesBefore}`,
  );
  return new Error(message, { cause: error });
}
