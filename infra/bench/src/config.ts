/** The benchmark's options, and the environment that the stack it starts inherits. */
import { parseArgs } from 'node:util';
import { type WorkloadName, workloadNames } from './workload.ts';

const logNames = ['postgres', 'kafka'] as const;
type LogName = (typeof logNames)[number];

export interface BenchConfig {
  touchpoints: number;
  workload: WorkloadName;
  log: LogName;
  json: boolean;
  /** 0 leaves the latencies out. */
  halfLoadSeconds: number;
  /** Sends the stream a second time, under V8's profiler. On Kafka only. */
  profile: boolean;
  inherited: NodeJS.ProcessEnv;
}

export const usage =
  `usage: pnpm bench [--log ${logNames.join('|')}] [--touchpoints N] [--workload ${workloadNames.join('|')}] ` +
  `[--half-load-seconds N] [--no-profile] [--json]`;

/** @throws Error with the usage. */
export function readConfig(
  args: readonly string[] = process.argv.slice(2),
  environment = process.env,
): BenchConfig {
  const { values } = parseArgs({
    args: args.filter((argument) => argument !== '--'),
    allowNegative: true,
    options: {
      log: { type: 'string', default: 'postgres' },
      touchpoints: { type: 'string', default: '100000' },
      workload: { type: 'string', default: 'shop' },
      'half-load-seconds': { type: 'string', default: '20' },
      profile: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
    },
  });
  const touchpoints = Number(values.touchpoints);
  const halfLoadSeconds = Number(values['half-load-seconds']);
  const workload = workloadNames.find((name) => name === values.workload);
  const log = logNames.find((name) => name === values.log);
  if (
    !Number.isSafeInteger(touchpoints) ||
    touchpoints < 1_000 ||
    workload === undefined ||
    log === undefined ||
    !(halfLoadSeconds >= 0)
  ) {
    throw new Error(`${usage}\n--touchpoints is 1000 or more`);
  }
  const { json, profile } = values;
  return { touchpoints, workload, log, json, halfLoadSeconds, profile, inherited: environment };
}
