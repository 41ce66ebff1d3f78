/** The batches of a file from a place on, once its columns are known to be those that the mapping reads. */
import { UsageError } from '../config.ts';
import type { Batch } from '../core/build-batches.ts';
import type { CompiledMapping } from '../core/compile-mapping.ts';
import { isWholeRow, type Mapping } from '../core/mapping-schema.ts';
import type { Position } from '../core/position.ts';
import { batchesOf } from './map-rows.ts';
import { openText, type OpenedText } from './open-text.ts';
import { openRows, type RowSource } from './read-rows.ts';

export interface OpenedBatches {
  batches: AsyncIterable<Batch>;
  text: OpenedText;
}

/** @throws UsageError when the file cannot be read or the mapping does not fit its columns */
export async function openBatches(
  file: string,
  mapping: Mapping,
  compiled: CompiledMapping,
  from: Position,
): Promise<OpenedBatches> {
  let text = null as OpenedText | null;
  const openAt = async (bytes: number): Promise<AsyncIterable<Buffer>> => {
    text = await openText(file, bytes, mapping.format.encoding);
    return text.chunks;
  };
  const source = await openRows(openAt, mapping.format, from).catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`);
  });
  checkColumns(source, mapping, compiled);
  if (text === null) throw new Error('no text was opened');
  return { batches: batchesOf(source.rows, mapping, compiled), text };
}

/** A column that no field reads may be missing, or be named twice, as the empty ones that spreadsheets leave behind are. */
function checkColumns(
  { columns, repeatedColumns }: RowSource,
  { touchpoint }: Mapping,
  compiled: CompiledMapping,
): void {
  if (columns === null) return;
  const faults = compiled.columns
    .filter(({ column }) => !columns.includes(column) || repeatedColumns.includes(column))
    .map(({ field, column }) => {
      const name = JSON.stringify(column);
      return columns.includes(column)
        ? `  ${field}: the column ${name} is there more than once`
        : `  ${field}: there is no column ${name}`;
    });
  if (isWholeRow(touchpoint) && repeatedColumns.length > 0) {
    faults.push(`  columns that are there more than once: ${JSON.stringify(repeatedColumns)}`);
  }
  if (faults.length === 0) return;
  throw new UsageError(
    ['The mapping does not fit the file:', ...faults, `The columns are ${columns.join(', ')}.`].join('\n'),
  );
}
