/** A place in a file between two rows, from which reading can resume. */
import { z } from 'zod';

export const positionSchema = z.strictObject({
  /** Of the text: a compressed file's are counted after decompression. */
  bytes: z.int().nonnegative(),
  lines: z.int().nonnegative(),
  /** Rows of data, without the header. */
  rows: z.int().nonnegative(),
});
export type Position = z.infer<typeof positionSchema>;

export const fileStart: Position = { bytes: 0, lines: 0, rows: 0 };

/** One record of the file. */
export interface Row {
  /** By column of a CSV or whitespace file; the object itself of a JSONL file. */
  fields: Readonly<Record<string, unknown>>;
  /** Set when the record cannot be read as a row at all. */
  fault?: { code: 'malformed_row' | 'not_utf8'; message: string };
  /** Where the record ends; `end.rows` is its own number, from 1. */
  end: Position;
}
