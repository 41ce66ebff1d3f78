import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { generateClients } from '../tools/generate.ts';

const committed = path.resolve(import.meta.dirname, '../src/generated');

/** File name -> content. */
function filesIn(directory: string): Map<string, string> {
  const names = globSync('**/*.ts', { cwd: directory }).toSorted();
  return new Map(names.map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]));
}

test('the generated clients are those of the committed documents', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'throughline-client-'));
  try {
    await generateClients(directory);
    const made = filesIn(directory);
    const kept = filesIn(committed);
    expect([...kept.keys()]).toEqual([...made.keys()]);
    const stale = [...made].filter(([name, content]) => kept.get(name) !== content).map(([name]) => name);
    expect(stale, 'run node packages/client/tools/generate.ts').toEqual([]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
