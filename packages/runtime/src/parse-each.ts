/** Settings are read to the end, so that all that is wrong with them is said at once. */
import { ConfigError } from './config-error.ts';

type Readers<T> = { readonly [K in keyof T]: () => T[K] };

/** Reads every part of a configuration. @throws ConfigError with the problems of all parts, each once */
export function parseEach<T extends object>(readers: Readers<T>): T {
  const problems: string[] = [];
  const entries = Object.entries(readers as Record<string, () => unknown>).map(([name, read]) => {
    try {
      return [name, read()];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return [name, undefined];
    }
  });
  if (problems.length > 0) throw new ConfigError(...new Set(problems));
  return Object.fromEntries(entries) as T;
}
