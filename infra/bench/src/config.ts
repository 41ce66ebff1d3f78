/** The benchmark's options, and the environment that the stack it starts inherits. */
import { parseArgs } from 'node:util';
import { type WorkloadName, workloadNames } from './workload.ts';

export interface BenchConfig {
  touchpoints: number;
  workload: WorkloadName;
  json: boolean;
  /** 0 leaves the latencies out. */
  halfLoadSeconds: number;
  inherited: NodeJS.ProcessEnv;
}

export const usage = `usage: pnpm bench [--touchpoints N] [--workload ${workloadNames.join('|')}] [--half-load-seconds N] [--json]`;

/** @throws Error with the usage. */
export function readConfig(
  args: readonly string[] = process.argv.slice(2),
  environment = process.env,
): BenchConfig {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    options: {
      touchpoints: { type: 'string', default: '100000' },
      workload: { type: 'string', default: 'shop' },
      'half-load-seconds': { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  });
  const touchpoints = Number(values.touchpoints);
  const halfLoadSeconds = Number(values['half-load-seconds']);
  const workload = workloadNames.find((name) => name === values.workload);
  if (
    !Number.isSafeInteger(touchpoints) ||
    touchpoints < 1_000 ||
    workload === undefined ||
    !(halfLoadSeconds >= 0)
  ) {
    throw new Error(`${usage}\n--touchpoints is 1000 or more`);
  }
  return { touchpoints, workload, json: values.json, halfLoadSeconds, inherited: environment };
}
