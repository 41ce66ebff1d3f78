/**
 * The console's files, once asked for: those that the image's build made, or, in a checkout, bundled in memory from the
 * sources (ADR 0007). Not at the start of the process: most processes of tests and benchmarks are never asked.
 */
import { existsSync, readFileSync } from 'node:fs';
import { builtDirectory, builtNames } from './built-files.ts';
import { type ConsoleFiles, toConsoleFiles } from './console-files.ts';

export type LoadConsole = () => Promise<ConsoleFiles>;

/** Loads at the first call; after a failure, at the next one again. */
export function createConsoleLoader(): LoadConsole {
  let loaded: Promise<ConsoleFiles> | null = null;
  return async () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = null;
      throw error;
    });
    return await loaded;
  };
}

async function load(): Promise<ConsoleFiles> {
  if (existsSync(builtDirectory)) {
    const read = (name: keyof typeof builtNames) => readFileSync(builtNames[name], 'utf8');
    return toConsoleFiles({ page: read('page'), script: read('script'), style: read('style') });
  }
  // The bundler is there in a checkout only.
  const { bundleConsole } = await import('./bundle-console.ts');
  return toConsoleFiles(await bundleConsole());
}
