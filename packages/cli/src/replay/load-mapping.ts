/** A mapping by the name of a shipped one, or from a file. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../config.ts';
import { parseMapping, type Mapping } from '../core/mapping-schema.ts';

const shipped = path.resolve(import.meta.dirname, '../../mappings');

export interface LoadedMapping {
  mapping: Mapping;
  /** Of its content, so that a changed mapping is noticed. */
  hash: string;
}

export function shippedMappings(): string[] {
  return readdirSync(shipped)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** @throws UsageError that lists every problem with its field */
export function loadMapping(nameOrFile: string, directory = process.cwd()): LoadedMapping {
  const own = shippedMappings().includes(nameOrFile)
    ? path.join(shipped, `${nameOrFile}.json`)
    : path.resolve(directory, nameOrFile);
  if (!existsSync(own)) {
    throw new UsageError(
      `There is no mapping ${nameOrFile}: give a file, or one of ${shippedMappings().join(', ')}.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(own, 'utf8'));
  } catch (error) {
    throw new UsageError(`The mapping ${nameOrFile} is not JSON: ${(error as Error).message}`);
  }
  const parsed = parseMapping(value);
  if (!parsed.ok) {
    throw new UsageError(
      [`The mapping ${nameOrFile} cannot be used:`, ...parsed.problems.map((problem) => `  ${problem}`)].join(
        '\n',
      ),
    );
  }
  const hash = createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return { mapping: parsed.mapping, hash };
}
