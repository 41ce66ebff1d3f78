/**
 * Finds readers of the environment. Only a `config.ts` does, where each setting has a default and a line in a
 * document.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const readsEnvironment =
  /\bprocess\s*\.\s*env\b|\bprocess\s*\[\s*['"]env['"]\s*\]|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|\bimport\s*\{[^}]*\benv\b[^}]*\}\s*from\s*['"](node:)?process['"]/;

/** The test kit takes from the environment where data and databases are; it never runs beside a service. */
const exempt = 'packages/testkit/';

/** Paths, relative to `root`, of the sources that read the environment and are no `src/config.ts`. */
export function findEnvironmentReaders(root: string): string[] {
  return globSync('{services,packages,infra}/*/src/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] })
    .filter(
      (file) =>
        !file.startsWith(exempt) && !/^[^/]+\/[^/]+\/src\/config\.ts$/.test(file.replaceAll('\\', '/')),
    )
    .filter((file) => readsEnvironment.test(withoutComments(readFileSync(path.join(root, file), 'utf8'))))
    .toSorted();
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
