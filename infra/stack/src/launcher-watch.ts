/**
 * Reports when the package manager that launched `start` is gone. `npx` dies of a SIGTERM without passing it on (npm runs
 * its command through a shell that does not forward signals), so ending it would leave the stack running.
 */
import { readFileSync } from 'node:fs';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

const everyMs = 500;

/** Only where /proc shows the ancestors; elsewhere nothing is watched. Never keeps the process alive. */
export function watchLauncher(onGone: () => void): void {
  const launcher = findLauncher(process.ppid);
  if (launcher === null) return;
  const timer = setInterval(() => {
    if (isRunning(launcher)) return;
    clearInterval(timer);
    onGone();
  }, everyMs);
  timer.unref();
}

/**
 * The topmost npm, npx or pnpm above this process, through the shells between them. A shell of the user's own is not
 * one: it may end and leave its jobs running on purpose.
 */
function findLauncher(parent: number): ProcessIdentity | null {
  let found: number | null = null;
  for (let pid = parent; pid > 1;) {
    const ancestor = readAncestor(pid);
    if (ancestor === null) break;
    if (isPackageManager(ancestor.command)) found = pid;
    else if (!isShellCommand(ancestor.command)) break;
    pid = ancestor.parent;
  }
  return found === null ? null : identifyProcess(found);
}

function readAncestor(pid: number): { parent: number; command: string[] } | null {
  try {
    const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    // npm sets a title, which has blanks where a command line has zeros.
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/).slice(0, 3);
    return { parent, command };
  } catch {
    return null;
  }
}

function isPackageManager(command: readonly string[]): boolean {
  return command.slice(0, 2).some((word) => /(^|\/)(npm|npx|pnpm|pnpx)([-.][a-z-]*)*$/.test(word));
}

function isShellCommand([shell = '', option]: readonly string[]): boolean {
  return /(^|\/)(sh|bash|dash|zsh)$/.test(shell) && option === '-c';
}
