/**
 * Two states of the code, measured in turns: each round runs the commit and this checkout, each on a new database, so that
 * what the machine does meanwhile meets both. The same benchmark measures both; only the stack is another.
 */
import path from 'node:path';
import { inBenchSession } from '../bench-session.ts';
import type { CompareOptions } from '../config.ts';
import { checkout, findCommit, resolveCommit } from '../git.ts';
import { progress } from '../progress.ts';
import { measureWholeWay, type WholeWay } from '../whole-way.ts';
import { checkoutOfCommit } from './checkout-of-commit.ts';
import { withTemporaryDirectory } from '../temporary-directory.ts';

export interface Comparison {
  log: string;
  workload: string;
  touchpoints: number;
  commit: string;
  /** This checkout: its commit, with a note when it has changes. */
  checkout: string;
  runs: readonly { commit: WholeWay; checkout: WholeWay }[];
}

export async function compareCommits(options: CompareOptions): Promise<Comparison> {
  const commit = resolveCommit(options.commit);
  const here = findCommit();
  return await withTemporaryDirectory(async (directory) => {
    progress(`checking out ${commit.slice(0, 12)} and installing its dependencies`);
    const other = await checkoutOfCommit(commit, path.join(directory, 'checkout'));
    try {
      const runs = [];
      for (let round = 1; round <= options.rounds; round += 1) {
        progress(`round ${round} of ${options.rounds}: ${commit.slice(0, 12)}`);
        const before = await measure(options, other.directory);
        progress(`round ${round} of ${options.rounds}: this checkout`);
        runs.push({ commit: before, checkout: await measure(options, checkout) });
      }
      const { log, workload, touchpoints } = options;
      const name = here.isClean ? here.commit : `${here.commit}, changed`;
      return { log, workload, touchpoints, commit, checkout: name, runs };
    } finally {
      other.remove();
    }
  });
}

async function measure(options: CompareOptions, from: string): Promise<WholeWay> {
  const { log, inherited, workload, touchpoints } = options;
  return await inBenchSession({ log, inherited, checkout: from }, async (session) => {
    const stack = await session.startStack(null);
    const stream = { workload, touchpoints, nowMs: Date.now(), run: Date.now().toString(36) };
    return await measureWholeWay(stack, stream, session.others);
  });
}
