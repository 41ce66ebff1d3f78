/** One line on stderr for each step, so that stdout holds the result alone. */
export function progress(step: string): void {
  process.stderr.write(`bench: ${step}\n`);
}
