/** `throughline replay --dry-run`: what a mapping makes of the first rows, without sending anything. */
import { UsageError } from '../config.ts';
import type { Batch } from '../core/build-batches.ts';
import type { CompiledMapping } from '../core/compile-mapping.ts';
import { fileStart } from '../core/position.ts';
import { openBatches } from './open-batches.ts';
import type { ReplayArguments } from './replay-arguments.ts';
import { noRowsText } from './report-replay.ts';

type Entry = Batch['items'][number] | Batch['failures'][number];

/** Returns the exit code. @throws UsageError when the file cannot be read */
export async function dryRun(
  { file, loaded, json }: Pick<ReplayArguments, 'file' | 'loaded' | 'json'>,
  compiled: CompiledMapping,
  rows: number,
): Promise<number> {
  const shown: unknown[] = [];
  let count = 0;
  try {
    for await (const entry of firstEntries(file, loaded, compiled, rows)) {
      count += 1;
      if (json) shown.push(jsonOf(entry));
      else console.log(textOf(entry));
    }
  } catch (error) {
    throw new UsageError(`${file} cannot be read any further: ${(error as Error).message}.`);
  }
  if (json) console.log(JSON.stringify(shown, null, 2));
  else if (count === 0) console.log(noRowsText);
  return 0;
}

async function* firstEntries(
  file: string,
  { mapping }: ReplayArguments['loaded'],
  compiled: CompiledMapping,
  rows: number,
): AsyncGenerator<Entry> {
  const { batches } = await openBatches(file, mapping, compiled, fileStart);
  let left = rows;
  for await (const { items, failures } of batches) {
    const entries = [...items, ...failures].sort((one, other) => one.row - other.row).slice(0, left);
    yield* entries;
    left -= entries.length;
    if (left <= 0) return;
  }
}

function textOf(entry: Entry): string {
  if ('json' in entry) return JSON.stringify(JSON.parse(entry.json), null, 2);
  return `row ${entry.row}: ${entry.code}: ${entry.field}: ${entry.message}`;
}

function jsonOf(entry: Entry): unknown {
  const { row } = entry;
  if ('json' in entry) return { row, touchpoint: JSON.parse(entry.json) as unknown };
  const { code, field, message } = entry;
  return { row, code, field, message };
}
