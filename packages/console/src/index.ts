export { createConsoleLoader, type LoadConsole } from './load-console.ts';
export type { ConsoleFile, ConsoleFiles } from './console-files.ts';
