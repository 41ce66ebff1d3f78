/** CSV by RFC 4180, with the places where records end: a record may go over several lines. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import type { FileFormat } from '../core/mapping-schema.ts';

export interface CsvRecord {
  values: readonly string[];
  /** Counted from where the chunks begin. */
  endBytes: number;
  /** The record's last line, from 1. */
  line: number;
}

const recordMaxCharacters = 1024 * 1024;

/** @throws Error of csv-parse on a quote that does not fit or a record over 1 MiB, naming the line */
export async function* readCsvRecords(
  chunks: AsyncIterable<Buffer>,
  { delimiter, quote }: Pick<Extract<FileFormat, { type: 'csv' }>, 'delimiter' | 'quote'>,
): AsyncGenerator<CsvRecord> {
  let totalBytes = 0;
  let lastByte: number | undefined;
  let hasEnded = false;
  async function* watched(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      totalBytes += chunk.length;
      lastByte = chunk.at(-1) ?? lastByte;
      yield chunk;
    }
    hasEnded = true;
  }
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
  const source = Readable.from(watched());
  const flow = pipeline(source, parser);
  // The loop below meets the same error.
  flow.catch(() => {});
  for await (const { record, info } of parser as AsyncIterable<{
    record: string[];
    info: { bytes: number; lines: number };
  }>) {
    // The parser counts the end of the file as the end of a line.
    const isUnended = hasEnded && info.bytes === totalBytes && lastByte !== 0x0a;
    yield { values: record, endBytes: info.bytes, line: info.lines - (isUnended ? 1 : 0) };
  }
}
