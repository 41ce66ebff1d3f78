/** A data directory that cannot be used is a matter of the machine, not a defect: it gets a sentence instead of a stack. */

/** What to do, by the system's code. */
const sentences: Readonly<Record<string, (home: string) => string>> = {
  EACCES: (home) =>
    `This user may not write to ${home}. Give it the directory, or set THROUGHLINE_HOME to one of its own.`,
  EPERM: (home) =>
    `This user may not write to ${home}. Give it the directory, or set THROUGHLINE_HOME to one of its own.`,
  EROFS: (home) =>
    `${home} is on a file system that is read-only. Remount it for writing, or set THROUGHLINE_HOME to a directory elsewhere.`,
  ENOSPC: (home) =>
    `The disk of ${home} is full. Free some space, then start again: what was acknowledged is kept.`,
  EDQUOT: (home) =>
    `The disk quota of this user is used up in ${home}. Free some space, or set THROUGHLINE_HOME to a directory elsewhere.`,
  ENOTDIR: (home) =>
    `${home} cannot be a directory: a part of its path is a file. Set THROUGHLINE_HOME to another.`,
  ENOENT: (home) => `${home} cannot be made. Set THROUGHLINE_HOME to a directory that can.`,
  ENAMETOOLONG: (home) => `The path ${home} is too long. Set THROUGHLINE_HOME to a shorter one.`,
};

/** What the database server and its tools write, in the words of the C library. */
const codeOfText: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/No space left on device/i, 'ENOSPC'],
  [/Disk quota exceeded/i, 'EDQUOT'],
  [/Read-only file system/i, 'EROFS'],
  [/Permission denied/i, 'EACCES'],
];

/** The sentence for a fault of the data directory; null for any other fault. */
export function explainHomeFault(error: unknown, home: string): string | null {
  const code = codeOf(error);
  return code === null ? null : (sentences[code]?.(home) ?? null);
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, cause } = error as NodeJS.ErrnoException;
  if (typeof code === 'string' && code in sentences) return code;
  const fromText = codeOfText.find(([pattern]) => pattern.test(error.message))?.[1];
  return fromText ?? codeOf(cause);
}
