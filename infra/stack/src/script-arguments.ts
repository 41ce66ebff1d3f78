/** What a script of the checkout is given: `--help` is answered with its usage, a mistake with one line. */

/** What was given does not allow the script to run; the message is for the person at the terminal. */
export class ArgumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArgumentError';
  }
}

/** What the script prints and does for these arguments, before it does anything else. */
export type ReadArguments<T> =
  { kind: 'run'; arguments: T } | { kind: 'help' } | { kind: 'mistake'; message: string };

/** @param parse throws an ArgumentError, or what `parseArgs` of Node throws */
export function decideArguments<T>(
  given: readonly string[],
  parse: (given: readonly string[]) => T,
): ReadArguments<T> {
  // pnpm passes its own `--` on.
  const own = given.filter((argument) => argument !== '--');
  if (own.includes('--help') || own.includes('-h')) return { kind: 'help' };
  try {
    return { kind: 'run', arguments: parse(own) };
  } catch (error) {
    if (isMistake(error)) return { kind: 'mistake', message: error.message };
    throw error;
  }
}

/** The arguments of this process, which ends where they ask for help or are a mistake. */
export function readArguments<T>(command: string, usage: string, parse: (given: readonly string[]) => T): T {
  const read = decideArguments(process.argv.slice(2), parse);
  if (read.kind === 'run') return read.arguments;
  if (read.kind === 'help') console.log(usage);
  else console.error(`${command}: ${read.message.replace(/\.$/, '')}. ${command} --help says more.`);
  process.exit(read.kind === 'help' ? 0 : 1);
}

/** Of a script that takes none. @throws ArgumentError */
export function parseNone([first]: readonly string[]): void {
  if (first !== undefined) throw new ArgumentError(`it takes no arguments, and was given ${first}`);
}

function isMistake(error: unknown): error is Error {
  if (error instanceof ArgumentError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_PARSE_ARGS');
}
