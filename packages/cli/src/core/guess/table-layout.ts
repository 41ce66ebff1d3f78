/** How a table is written, seen from its first lines: its delimiter, the lines above it, its header. */
import { readCsvRecord } from '../read-csv-record.ts';

export interface TableLayout {
  format:
    | { type: 'csv'; delimiter: string; columns?: string[]; skipLines?: number }
    | { type: 'whitespace'; columns?: string[]; skipLines?: number }
    | { type: 'jsonl' };
  columns: readonly string[];
  /** By column. */
  rows: readonly Readonly<Record<string, string>>[];
}

interface SampleRecord {
  values: readonly string[];
  /** Lines of the file up to its end. */
  lineEnd: number;
}

const delimiters = [',', ';', '\t', '|'] as const;
const sampleRows = 500;

/** `text` is the beginning of a file; `isWhole` when it is all of it. */
export function findTableLayout(text: string, isWhole: boolean): TableLayout {
  const content = text.replace(/^\ufeff/, '');
  if (content.trimStart().startsWith('{')) return jsonLayout(content, isWhole);
  const tables = delimiters.map((delimiter) => ({
    type: 'csv' as const,
    delimiter,
    records: csvRecords(content, delimiter, isWhole),
  }));
  const best = tables.toSorted((one, other) => regularity(other.records) - regularity(one.records))[0];
  if (best !== undefined && regularity(best.records) > 0) {
    return layoutOf({ type: 'csv', delimiter: best.delimiter }, best.records);
  }
  const spaced = wordRecords(content, isWhole);
  if (regularity(spaced) > 0) return layoutOf({ type: 'whitespace' }, spaced);
  return layoutOf({ type: 'csv', delimiter: ',' }, tables[0]?.records ?? []);
}

function csvRecords(text: string, delimiter: string, isWhole: boolean): SampleRecord[] {
  const records: SampleRecord[] = [];
  let at = 0;
  let lines = 0;
  while (at < text.length && records.length < sampleRows) {
    const step = readCsvRecord(text, at, { delimiter, quote: '"' }, isWhole);
    if (step.kind !== 'record') break;
    at = step.end;
    lines += step.lines;
    if (step.values.length === 1 && step.values[0]?.trim() === '') continue;
    records.push({ values: step.values.map((value) => value.trim()), lineEnd: lines });
  }
  return records;
}

function wordRecords(text: string, isWhole: boolean): SampleRecord[] {
  const lines = text.split(/\r\n|\n|\r/).slice(0, sampleRows);
  return (isWhole ? lines : lines.slice(0, -1))
    .map((line, index) => ({ values: line.trim().split(/\s+/), lineEnd: index + 1 }))
    .filter(({ values }) => values[0] !== '');
}

/** How many fields most records have. */
function usualWidth(records: readonly SampleRecord[]): number {
  const widths = Map.groupBy(records, ({ values }) => values.length);
  return [...widths].toSorted(([, one], [, other]) => other.length - one.length)[0]?.[0] ?? 0;
}

/** 0 for what is no table; else more for records that agree in their number of fields, and for more fields. */
function regularity(records: readonly SampleRecord[]): number {
  const width = usualWidth(records);
  if (width < 2) return 0;
  const agreeing = records.filter(({ values }) => values.length === width).length;
  return agreeing / records.length < 0.6 ? 0 : agreeing / records.length + width / 10_000;
}

function layoutOf(
  format: { type: 'csv'; delimiter: string } | { type: 'whitespace' },
  records: readonly SampleRecord[],
): TableLayout {
  const width = usualWidth(records);
  // Spreadsheets fill up the lines of a title with empty cells.
  const isTitle = ({ values }: SampleRecord): boolean => values.length !== width || values.includes('');
  const full = records.findIndex((record) => !isTitle(record));
  const hasTitle = full > 0 && isHeader(records[full]?.values ?? []);
  const first = hasTitle ? full : records.findIndex(({ values }) => values.length === width);
  const table = records.slice(Math.max(0, first)).filter(({ values }) => values.length === width);
  const skipLines = first > 0 ? (records[first - 1]?.lineEnd ?? 0) : 0;
  const [head, ...body] = table;
  const hasHeader = head !== undefined && isHeader(head.values);
  const columns = hasHeader
    ? head.values
    : Array.from({ length: width }, (_, index) => `column_${index + 1}`);
  return {
    format: {
      ...format,
      ...(hasHeader ? {} : { columns: [...columns] }),
      ...(skipLines === 0 ? {} : { skipLines }),
    },
    columns,
    rows: (hasHeader ? body : table).map(({ values }) =>
      Object.fromEntries(columns.map((column, index) => [column, values[index] ?? ''])),
    ),
  };
}

/** Names are there, differ, and are neither numbers nor addresses. */
function isHeader(values: readonly string[]): boolean {
  return (
    values.every((value) => value !== '' && !/^[-+\d.,/: ]+$/.test(value) && !value.includes('@')) &&
    new Set(values).size === values.length
  );
}

function jsonLayout(text: string, isWhole: boolean): TableLayout {
  const lines = text.split(/\r\n|\n|\r/).slice(0, sampleRows);
  const rows = (isWhole ? lines : lines.slice(0, -1)).flatMap((line) => {
    try {
      return [flatten(JSON.parse(line) as unknown, '', 0)];
    } catch {
      return [];
    }
  });
  return { format: { type: 'jsonl' }, columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], rows };
}

const maxDepth = 3;

function flatten(value: unknown, path: string, depth: number): Record<string, string> {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { [path]: String(value) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > maxDepth) return {};
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, entry]) =>
      flatten(entry, path === '' ? key : `${path}.${key}`, depth + 1),
    ),
  ) as Record<string, string>;
}
