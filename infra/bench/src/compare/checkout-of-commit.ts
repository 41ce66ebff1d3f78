/** A commit's own checkout, with its own dependencies, so that its stack can be started beside this one's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { git } from '../git.ts';

export interface CommitCheckout {
  directory: string;
  remove(): void;
}

export async function checkoutOfCommit(commit: string, directory: string): Promise<CommitCheckout> {
  git('worktree', 'add', '--detach', directory, commit);
  const remove = (): void => {
    git('worktree', 'remove', '--force', directory);
  };
  try {
    await installDependencies(directory);
    return { directory, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function installDependencies(directory: string): Promise<void> {
  const install = spawn('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile', '--prefer-offline'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(install, 'exit')) as [number | null];
  if (code !== 0)
    throw new Error(`the dependencies of ${directory} could not be installed (pnpm ended with ${code})`);
}
