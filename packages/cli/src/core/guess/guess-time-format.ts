/** Which format reads every time of a sample. */
import { createTimeParser, type TimeFormat } from '../local-time.ts';
import { MappingFault } from '../mapping-fault.ts';

const dates = [
  'yyyy-MM-dd',
  'yyyy/MM/dd',
  'yyyyMMdd',
  'dd.MM.yyyy',
  'd.M.yyyy',
  'd.M.yy',
  'M/d/yyyy',
  'd/M/yyyy',
  'M/d/yy',
  'd/M/yy',
  'd-M-yyyy',
  'd-MMM-yyyy',
  'd-MMM-yy',
  'd MMM yyyy',
  'd. MMM yyyy',
  'MMM d, yyyy',
] as const;
const times = ['', ' H:mm', ' H:mm:ss', ' h:mm a', ' h:mm:ss a', "'T'HH:mm:ss", ' H:mm:ss.SSS'] as const;

export interface GuessedTime {
  format: TimeFormat & { zone?: string; at?: string };
  /** A format that reads the sample as well, with the day and the month swapped. */
  otherwise: string | null;
}

/** Null when nothing reads all of them. Local times are taken for UTC, days for their noon. */
export function guessTimeFormat(sample: readonly string[]): GuessedTime | null {
  if (sample.length === 0) return null;
  if (sample.every((text) => /^1\d{9}$/.test(text))) return exact('epochSeconds');
  if (sample.every((text) => /^1\d{12}$/.test(text))) return exact('epochMilliseconds');
  for (const format of [{ format: 'iso' }, { format: 'iso', zone: 'UTC' }]) {
    if (readsAll(sample, format)) return { format, otherwise: null };
  }
  const fitting = dates.flatMap((date) =>
    times.flatMap((time) => {
      const format = { format: `${date}${time}`, zone: 'UTC', ...(time === '' ? { at: '12:00:00' } : {}) };
      return readsAll(sample, format) ? [format] : [];
    }),
  );
  const [first] = fitting;
  if (first === undefined) return null;
  const swapped = first.format.replace(/^M\/d/, 'd/M');
  const other = fitting.find(({ format }) => format === swapped && format !== first.format);
  return { format: first, otherwise: other?.format ?? null };
}

function exact(format: string): GuessedTime {
  return { format: { format }, otherwise: null };
}

function readsAll(sample: readonly string[], format: TimeFormat): boolean {
  const parse = createTimeParser(format);
  return sample.every((text) => {
    try {
      parse(text);
      return true;
    } catch (error) {
      if (error instanceof MappingFault) return false;
      throw error;
    }
  });
}
