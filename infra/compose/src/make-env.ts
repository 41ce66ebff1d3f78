/** Writes the `.env` beside docker-compose.yml, once: `node make-env.ts [FILE]`. Needs nothing but Node. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { renderEnvFile } from './env-file.ts';

const file = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../../../.env'));

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
