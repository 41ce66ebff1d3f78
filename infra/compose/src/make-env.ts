/** Writes the `.env` beside docker-compose.yml, once: `node make-env.ts [FILE]`. Needs nothing but Node. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError, readArguments } from '../../stack/src/script-arguments.ts';
import { renderEnvFile } from './env-file.ts';

const usage = `Makes the file of secrets and settings that docker-compose.yml asks for, with new secrets. One that is there stays.

Usage: pnpm compose:env [file]   (default .env in the checkout)

Example: pnpm compose:env`;

const file = readArguments('pnpm compose:env', usage, ([given, ...more]) => {
  if (given?.startsWith('-') === true) throw new ArgumentError(`there is no option ${given}`);
  if (more.length > 0) throw new ArgumentError('it takes one file');
  return path.resolve(given ?? path.join(import.meta.dirname, '../../../.env'));
});

try {
  // Never over a file that is there: what it holds opens the data that was written with it.
  writeFileSync(file, renderEnvFile(), { flag: 'wx', mode: 0o600, flush: true });
  console.log(
    `${file} holds new secrets. Keep a copy where backups are: the data is worth nothing without it.`,
  );
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  console.error(`${file} exists and was left as it is.`);
  process.exitCode = 1;
}
