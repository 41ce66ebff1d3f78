/** The benchmark's options, and the environment that the stack it starts inherits. */
import { parseArgs } from 'node:util';
import { ArgumentError } from '../../stack/src/script-arguments.ts';
import { type WorkloadName, workloadNames } from './workload.ts';

const logNames = ['postgres', 'kafka'] as const;
export type LogName = (typeof logNames)[number];

interface CommonOptions {
  workload: WorkloadName;
  log: LogName;
  json: boolean;
  inherited: NodeJS.ProcessEnv;
  /** Length of the stream that is measured. */
  touchpoints: number;
}

export interface RatioOptions extends CommonOptions {
  mode: 'ratios';
  /** 0 leaves the latencies out. */
  halfLoadSeconds: number;
  /** Sends the stream a second time, under V8's profiler. On Kafka only. */
  profile: boolean;
  /** Adds the run to the history in the repository. */
  record: boolean;
}

export interface ExplainOptions extends CommonOptions {
  mode: 'explain';
  /** Touchpoints that are stored before the measurement. */
  stored: number;
  /** Where V8's profiles are kept; null keeps none. */
  profilesDirectory: string | null;
}

export interface CompareOptions extends CommonOptions {
  mode: 'compare';
  /** What this checkout is compared with. */
  commit: string;
  rounds: number;
}

export interface GrowthOptions extends CommonOptions {
  mode: 'growth';
  minutes: number;
}

export interface FlatOptions extends CommonOptions {
  mode: 'flat';
  rounds: number;
}

export interface SplitOptions extends CommonOptions {
  mode: 'split';
  rounds: number;
}

export interface IngestOptions extends CommonOptions {
  mode: 'ingest';
  /** Those that are measured one after the other. */
  logs: readonly LogName[];
}

export type BenchConfig =
  RatioOptions | ExplainOptions | CompareOptions | GrowthOptions | FlatOptions | SplitOptions | IngestOptions;

export const usage =
  `Measures Throughline on this machine. It takes minutes; nothing is kept but what an option asks to keep.\n\n` +
  `Usage: pnpm bench [--log ${logNames.join('|')}] [--touchpoints N] [--workload ${workloadNames.join('|')}] [--json]\n` +
  `                  [--half-load-seconds N] [--no-profile] [--record]\n` +
  `       pnpm bench --explain [--stored N] [--profiles DIRECTORY] [--log …] [--touchpoints N] [--workload …] [--json]\n` +
  `       pnpm bench --compare COMMIT [--rounds N] [--log …] [--touchpoints N] [--workload …] [--json]\n` +
  `       pnpm bench --minutes N [--log …] [--touchpoints N] [--workload …] [--json]\n` +
  `       pnpm bench --flat [--rounds N] [--log …] [--touchpoints N] [--json]\n` +
  `       pnpm bench --split [--rounds N] [--log …] [--json]\n` +
  `       pnpm bench --ingest [--log …] [--touchpoints N] [--json]\n\n` +
  `Without --explain, --compare, --minutes, --flat, --split or --ingest it measures the whole way beside the machine's own ceilings. What\n` +
  `each of them measures, and how to read it, is in infra/bench/README.md.\n\n` +
  `Examples:\n  pnpm bench --touchpoints 20000\n  pnpm bench --log kafka --no-profile\n  pnpm bench --compare main --rounds 5`;

/** @throws ArgumentError, and what parseArgs throws */
export function readConfig(given: readonly string[], environment = process.env): BenchConfig {
  const { values } = parseArgs({
    args: [...given],
    allowNegative: true,
    options: {
      log: { type: 'string' },
      touchpoints: { type: 'string' },
      workload: { type: 'string', default: 'shop' },
      'half-load-seconds': { type: 'string', default: '20' },
      profile: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      explain: { type: 'boolean', default: false },
      stored: { type: 'string', default: '100000' },
      profiles: { type: 'string' },
      record: { type: 'boolean', default: false },
      compare: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      minutes: { type: 'string' },
      flat: { type: 'boolean', default: false },
      split: { type: 'boolean', default: false },
      ingest: { type: 'boolean', default: false },
    },
  });
  const workload = workloadNames.find((name) => name === values.workload);
  const log = logNames.find((name) => name === (values.log ?? 'postgres'));
  if (workload === undefined) throw new ArgumentError(`--workload is one of ${workloadNames.join(', ')}`);
  if (log === undefined) throw new ArgumentError(`--log is one of ${logNames.join(', ')}`);
  const common = {
    workload,
    log,
    json: values.json,
    inherited: environment,
    touchpoints: readCount('touchpoints', values.touchpoints ?? defaultTouchpoints(values), 1_000),
  };
  if (values.explain) {
    const stored = readCount('stored', values.stored, 1_000);
    return { ...common, mode: 'explain', stored, profilesDirectory: values.profiles ?? null };
  }
  if (values.compare !== undefined) {
    return {
      ...common,
      mode: 'compare',
      commit: values.compare,
      rounds: readCount('rounds', values.rounds, 1),
    };
  }
  if (values.minutes !== undefined) {
    return { ...common, mode: 'growth', minutes: readCount('minutes', values.minutes, 1) };
  }
  if (values.ingest) return { ...common, mode: 'ingest', logs: values.log === undefined ? logNames : [log] };
  if (values.flat) return { ...common, mode: 'flat', rounds: readCount('rounds', values.rounds, 1) };
  if (values.split) return { ...common, mode: 'split', rounds: readCount('rounds', values.rounds, 1) };
  const halfLoadSeconds = readCount('half-load-seconds', values['half-load-seconds'], 0);
  const { profile, record } = values;
  return { ...common, mode: 'ratios', halfLoadSeconds, profile, record };
}

/** The first stream after a start includes compiling, which is much of a short one. */
function defaultTouchpoints({
  explain,
  compare,
  minutes,
  flat,
  ingest,
}: {
  explain: boolean;
  flat: boolean;
  ingest: boolean;
  compare?: string | undefined;
  minutes?: string | undefined;
}): string {
  if (flat) return '3000';
  if (explain || ingest || minutes !== undefined) return '20000';
  return compare === undefined ? '100000' : '30000';
}

function readCount(name: string, text: string, least: number): number {
  const count = Number(text);
  if (text !== '' && Number.isSafeInteger(count) && count >= least) return count;
  throw new ArgumentError(`--${name} is ${text}: it has to be a whole number of at least ${least}`);
}
