/**
 * A copy of the services that is really newer: of another version, and with a type of touchpoint that this one does not know. It
 * shares the installed packages.
 */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const newerVersion = '999.0.0';
export const newerType = 'subscription';

const checkout = path.resolve(import.meta.dirname, '../../..');
const leftOut = new Set(['test', 'bench']);

/** @returns its directory, in `home` */
export function makeNewerVersion(home: string): string {
  const copy = path.join(home, 'newer');
  for (const part of ['services', 'packages']) {
    cpSync(path.join(checkout, part), path.join(copy, part), {
      recursive: true,
      // Links between the packages are relative: those of the copy lead into the copy.
      verbatimSymlinks: true,
      filter: (file) => !leftOut.has(path.basename(file)),
    });
  }
  symlinkSync(path.join(checkout, 'node_modules'), path.join(copy, 'node_modules'));
  replaceIn(
    path.join(copy, 'packages/contracts/src/touchpoint.ts'),
    "  'feedback',\n",
    `  'feedback',\n  '${newerType}',\n`,
  );
  replaceIn(
    path.join(copy, 'packages/runtime/package.json'),
    /"version": "[^"]+"/,
    `"version": "${newerVersion}"`,
  );
  return copy;
}

function replaceIn(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${file} has nothing to replace`);
  writeFileSync(file, changed);
}
