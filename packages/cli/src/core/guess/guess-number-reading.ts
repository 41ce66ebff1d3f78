/** Which marks read every number of a sample. */
import { parseDecimal, type NumberReading } from '../exact-decimal.ts';
import { MappingFault } from '../mapping-fault.ts';

type Marks = Pick<NumberReading, 'decimalMark' | 'groupMark'>;

/** In the order in which they are tried: a comma between groups of three is a group mark. */
const readings: readonly Marks[] = [
  {},
  { groupMark: ',' },
  { decimalMark: ',' },
  { decimalMark: ',', groupMark: '.' },
  { decimalMark: ',', groupMark: ' ' },
  { groupMark: "'" },
];

/** Null when they are no numbers. */
export function guessNumberReading(sample: readonly string[]): Marks | null {
  if (sample.length === 0) return null;
  return readings.find((reading) => sample.every((text) => isNumber(text, reading))) ?? null;
}

function isNumber(text: string, reading: Marks): boolean {
  try {
    parseDecimal(text, reading);
    return true;
  } catch (error) {
    if (error instanceof MappingFault) return false;
    throw error;
  }
}
