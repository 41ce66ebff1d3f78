/** A file that holds one JSON object, named from where the command was called. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from './ask-service.ts';
import { UsageError, type CliConfig } from './config.ts';

/** @throws UsageError when it holds anything else */
export function readJsonObject(file: string, { directory }: Pick<CliConfig, 'directory'>): object {
  const value = parseJson(readFileSync(path.resolve(directory, file), 'utf8'));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`${file} is no JSON object`);
}
