/** `throughline replay --guess`: writes a first mapping for a file, and says what it assumed. */
import { existsSync, writeFileSync } from 'node:fs';
import { UsageError } from '../config.ts';
import { compileMapping } from '../core/compile-mapping.ts';
import { guessMapping } from '../core/guess/guess-mapping.ts';
import { findTableLayout } from '../core/guess/table-layout.ts';
import { parseMapping } from '../core/mapping-schema.ts';
import { fileStart } from '../core/position.ts';
import type { TextEncoding } from '../core/text-encoding.ts';
import { openBatches } from './open-batches.ts';
import { openText } from './open-text.ts';
import type { GuessArguments } from './replay-arguments.ts';

const sampleBytes = 512 * 1024;
const checkedRows = 200;

/** Returns the exit code. @throws UsageError, also when `out` exists */
export async function guessMappingFile({ file, out, json }: GuessArguments): Promise<number> {
  if (out !== null && existsSync(out)) {
    throw new UsageError(`${out} exists already: name another file with --out, or remove it.`);
  }
  const { text, isWhole, encoding } = await readSample(file);
  if (text.trim() === '') throw new UsageError(`${file} is empty.`);
  const layout = findTableLayout(text, isWhole);
  if (layout.rows.length === 0 || layout.columns.includes('')) {
    throw new UsageError(
      `${file} holds no table: CSV, columns between blanks, or a JSON object a line are expected.`,
    );
  }
  const { mapping, notes } = guessMapping(layout, encoding);
  const parsed = parseMapping(mapping);
  if (!parsed.ok) {
    throw new UsageError(`No mapping could be guessed: ${parsed.problems.join('; ')}`);
  }
  const { mapped, failures } = await tryMapping(file, parsed.mapping);
  if (out !== null) writeFileSync(out, `${JSON.stringify(mapping, null, 2)}\n`, { flag: 'wx' });
  const assumptions = [
    ...(encoding === null ? [] : [`the text is not UTF-8: ${encoding} is assumed`]),
    ...notes,
  ];
  if (json) {
    console.log(JSON.stringify({ mapping, out, assumptions, tried: { mapped, failures } }, null, 2));
    return 0;
  }
  if (out === null) console.log(JSON.stringify(mapping, null, 2));
  const lines = [
    ...assumptions,
    `of the first rows ${mapped} become a touchpoint, and ${failures.length} are refused${failures[0] === undefined ? '' : `, such as ${failures[0]}`}`,
  ];
  console.error(lines.map((line) => `  ${line}`).join('\n'));
  console.error(
    `Look at what it makes of the file: throughline replay ${file} --mapping ${out ?? '<the mapping>'} --dry-run`,
  );
  return 0;
}

interface TextSample {
  text: string;
  isWhole: boolean;
  /** Null for what needs no name: UTF-8, and UTF-16 with a byte order mark. */
  encoding: TextEncoding | null;
}

/** @throws UsageError when it is no text */
async function readSample(file: string): Promise<TextSample> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isWhole = true;
  try {
    for await (const chunk of (await openText(file, 0)).chunks) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes < sampleBytes) continue;
      isWhole = false;
      break;
    }
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const sample = Buffer.concat(chunks);
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  try {
    return { text: utf8.decode(sample, { stream: !isWhole }), isWhole, encoding: null };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(sample), isWhole, encoding: 'windows-1252' };
  }
}

async function tryMapping(
  file: string,
  mapping: Parameters<typeof compileMapping>[0],
): Promise<{ mapped: number; failures: string[] }> {
  const { batches } = await openBatches(file, mapping, compileMapping(mapping), fileStart);
  const failures: string[] = [];
  let mapped = 0;
  try {
    for await (const batch of batches) {
      mapped += batch.items.length;
      failures.push(...batch.failures.map(({ row, message }) => `row ${row} (${message})`));
      if (mapped + failures.length >= checkedRows) break;
    }
  } catch (error) {
    failures.push((error as Error).message);
  }
  return { mapped, failures };
}
