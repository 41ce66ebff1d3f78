/** What a column of a row says: its text, its number, its truth, or nothing. */
import {
  multiplyDecimals,
  parseDecimal,
  roundDecimal,
  type ExactDecimal,
  type NumberReading,
} from './exact-decimal.ts';
import { MappingFault } from './mapping-fault.ts';
import type { Row } from './position.ts';

/** A column by its name, or a path through the objects of a JSONL row. */
export function readColumn(fields: Readonly<Record<string, unknown>>, column: string): unknown {
  if (Object.hasOwn(fields, column)) return fields[column];
  let value: unknown = fields;
  for (const key of column.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Trimmed; null when there is nothing. */
export function readText(row: Row, column: string): string | null {
  const value = readColumn(row.fields, column);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  const text = String(value).trim();
  return text === '' ? null : text;
}

/** A JSON number beyond what a number keeps is another number by now: as an id it would be another customer's. */
export function exactText(row: Row, column: string): string | null {
  const value = readColumn(row.fields, column);
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new MappingFault(
      'number_not_exact',
      `column ${JSON.stringify(column)} is a number of more digits than JSON readers keep: write it as a text`,
    );
  }
  return readText(row, column);
}

export function requiredText(row: Row, column: string): string {
  const text = exactText(row, column);
  if (text === null) throw emptyColumn(row, column);
  return text;
}

export function emptyColumn(row: Row, column: string): MappingFault {
  const isThere = readColumn(row.fields, column) !== undefined;
  return new MappingFault(
    isThere ? 'column_empty' : 'column_missing',
    `column ${JSON.stringify(column)} ${isThere ? 'has no text or number' : 'is not there'}`,
  );
}

/** The marks are those of texts: a number of a JSON row has its point, whatever the mapping names. */
export function readDecimal(row: Row, column: string, reading: NumberReading): ExactDecimal {
  const text = requiredText(row, column);
  const isText = typeof readColumn(row.fields, column) === 'string';
  return parseDecimal(text, isText ? reading : { round: reading.round });
}

/** Of several columns their product, rounded as a whole. @throws MappingFault */
export function readProduct(row: Row, columns: readonly string[], reading: NumberReading): ExactDecimal {
  const { round, ...marks } = reading;
  const product = columns
    .map((column) => readDecimal(row, column, marks))
    .reduce((left, right) => multiplyDecimals(left, right), { units: 1n, scale: 0 });
  return round === undefined ? product : roundDecimal(product, round);
}

const booleans: ReadonlyMap<string, boolean> = new Map(
  (
    [
      [true, ['true', 't', 'yes', 'y', 'on', '1']],
      [false, ['false', 'f', 'no', 'n', 'off', '0']],
    ] as const
  ).flatMap(([value, texts]) => texts.map((text) => [text, value] as const)),
);

export interface BooleanTexts {
  /** In place of the usual ones, whatever their case. */
  trueTexts?: readonly string[] | undefined;
  falseTexts?: readonly string[] | undefined;
}

/** @throws MappingFault */
export function parseBoolean(text: string, { trueTexts, falseTexts }: BooleanTexts): boolean {
  const folded = text.toLowerCase();
  const own = (texts: readonly string[] | undefined): boolean =>
    texts?.some((each) => each.toLowerCase() === folded) === true;
  if (own(trueTexts)) return true;
  if (own(falseTexts)) return false;
  const value = trueTexts === undefined && falseTexts === undefined ? booleans.get(folded) : undefined;
  if (value !== undefined) return value;
  throw new MappingFault('not_a_boolean', `${JSON.stringify(text.slice(0, 40))} is neither true nor false`);
}
