/** `pnpm faults:mutants [part of a name]`: plants each defect in a clone of HEAD, and sees the run beside it fail. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ArgumentError, readArguments } from '../../stack/src/script-arguments.ts';
import { mutants, type Mutant } from './mutants.ts';

const checkout = resolve(import.meta.dirname, '..', '..', '..');
const runTimeoutMs = 600_000;

function run(command: string, arguments_: readonly string[], cwd: string): { ok: boolean; output: string } {
  const result = spawnSync(command, arguments_, {
    cwd,
    encoding: 'utf8',
    timeout: runTimeoutMs,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (result.error !== undefined) throw result.error;
  return { ok: result.status === 0, output: result.stdout + result.stderr };
}

function prepare(directory: string): void {
  const steps = [
    ['git', 'clone', '--quiet', '--shared', checkout, directory],
    ['npx', '-y', 'pnpm@12', '--dir', directory, 'install', '--frozen-lockfile', '--prefer-offline'],
  ];
  for (const [command = '', ...rest] of steps) {
    const { ok, output } = run(command, rest, checkout);
    if (!ok) throw new Error(`${command} ${rest.join(' ')} failed:\n${output}`);
  }
}

function tryOut(mutant: Mutant, directory: string): string {
  const file = join(directory, mutant.file);
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(mutant.from, () => mutant.to),
  );
  try {
    const { ok, output } = run(process.execPath, mutant.run, directory);
    if (ok) return 'SURVIVED';
    return mutant.caughtBy.test(output) ? 'caught' : `FAILED OTHERWISE\n${output.slice(-3_000)}`;
  } finally {
    writeFileSync(file, text);
  }
}

const usage = `Plants known defects one at a time in a clone of the last commit, and sees a run or a test fail for each. Takes about ten minutes.

Usage: pnpm faults:mutants [part of a name]

Example: pnpm faults:mutants watermark`;

const chosen = readArguments('pnpm faults:mutants', usage, (given) => {
  const [part = '', ...more] = given;
  if (more.length > 0) throw new ArgumentError('one part of a name is expected, such as watermark');
  const found = mutants.filter(({ name }) => name.includes(part));
  if (found.length > 0) return found;
  throw new ArgumentError(`no defect has ${part} in its name: ${mutants.map(({ name }) => name).join('; ')}`);
});
const home = mkdtempSync(join(tmpdir(), 'throughline-mutants-'));
// Postgres runs as another user where this one is root.
chmodSync(home, 0o755);
try {
  prepare(join(home, 'clone'));
  for (const mutant of chosen) {
    const outcome = tryOut(mutant, join(home, 'clone'));
    console.log(`${mutant.name}: ${outcome}`);
    if (outcome !== 'caught') process.exitCode = 1;
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
