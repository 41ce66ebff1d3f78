/** Which rows of a file are meant: conditions on columns, by text or by number. */
import { z } from 'zod';
import { parseDecimal, toNumber, type NumberReading } from './exact-decimal.ts';
import { MappingFault } from './mapping-fault.ts';
import type { Row } from './position.ts';
import { readText } from './row-values.ts';

const column = z.string().min(1);
const texts = z
  .array(z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .min(1)
  .max(1_000);

const marks = {
  decimalMark: z.enum(['.', ',']).exactOptional(),
  groupMark: z.enum(['.', ',', ' ', "'"]).exactOptional(),
};

/** Texts are compared as they stand, without the blanks around them; case counts. */
export const rowCondition = z.union(
  [
    z.strictObject({ column, in: texts }),
    z.strictObject({ column, notIn: texts }),
    z.strictObject({ column, empty: z.boolean() }),
    z.strictObject({ column, atLeast: z.number(), ...marks }),
    z.strictObject({ column, atMost: z.number(), ...marks }),
  ],
  { error: 'expected a column with one of in, notIn, empty, atLeast, atMost' },
);
export type RowCondition = z.infer<typeof rowCondition>;

/** A row that cannot be read fulfils every condition: it is refused with its reason, not left out in silence. */
export function isChosen(row: Row, conditions: readonly RowCondition[]): boolean {
  return row.fault !== undefined || conditions.every((condition) => holds(row, condition));
}

function holds(row: Row, condition: RowCondition): boolean {
  const text = readText(row, condition.column);
  if ('empty' in condition) return (text === null) === condition.empty;
  if ('in' in condition) return text !== null && condition.in.includes(text);
  if ('notIn' in condition) return text === null || !condition.notIn.includes(text);
  const value = text === null ? null : numberOf(text, condition);
  // What is no number is the mapping's to refuse.
  if (value === null) return true;
  return 'atLeast' in condition ? value >= condition.atLeast : value <= condition.atMost;
}

function numberOf(text: string, reading: NumberReading): number | null {
  try {
    return toNumber(parseDecimal(text, reading));
  } catch (error) {
    if (error instanceof MappingFault) return null;
    throw error;
  }
}
