/**
 * Whether a long history makes a touchpoint dearer (law 5): the same late visits, of customers with ten years of daily visits
 * and of customers with none, in turns.
 */
import type { BenchSession } from '../bench-session.ts';
import type { FlatOptions } from '../config.ts';
import { progress } from '../progress.ts';
import { measureWholeWay, type WholeWay } from '../whole-way.ts';
import { createWorkload, type StreamRef, tenYearsOfVisits } from '../workload.ts';

export interface Flat {
  log: string;
  touchpoints: number;
  rounds: readonly { regulars: WholeWay; newcomers: WholeWay }[];
}

export async function measureFlat(session: BenchSession, options: FlatOptions): Promise<Flat> {
  const { touchpoints, log } = options;
  const stack = await session.startStack(null);
  const run = Date.now().toString(36);
  const common = { workload: 'visits', nowMs: Date.now() } as const;
  let customers: ReadonlySet<string> = new Set();
  const send = async (stream: StreamRef): Promise<WholeWay> => {
    const cost = await measureWholeWay(stack, stream, session.others, customers);
    customers = new Set([...customers, ...createWorkload(stream).customers]);
    return cost;
  };
  progress(`ten years of visits, ${tenYearsOfVisits} touchpoints`);
  await send({ ...common, run, from: 0, touchpoints: tenYearsOfVisits });
  const rounds = [];
  for (let round = 0; round < options.rounds; round += 1) {
    progress(`round ${round + 1} of ${options.rounds}`);
    const from = tenYearsOfVisits + round * touchpoints;
    const newcomers = await send({ ...common, run: `${run}n${round}`, from, touchpoints });
    rounds.push({ newcomers, regulars: await send({ ...common, run, from, touchpoints }) });
  }
  return { log, touchpoints, rounds };
}
