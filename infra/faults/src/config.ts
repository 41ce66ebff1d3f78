/** What a run is given: arguments, and where real data lie. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ArgumentError } from '../../stack/src/script-arguments.ts';

export interface FaultConfig {
  scenario: string;
  seed: number;
  touchpoints: number;
  seconds: number;
  folder: string | undefined;
}

const quick = { touchpoints: 3_000, seconds: 30 };
const full = { touchpoints: Number.MAX_SAFE_INTEGER, seconds: 150 };

export const faultsUsage = (
  scenarios: readonly string[],
): string => `Breaks real processes under load, and compares what they come to with what was sent. Takes minutes.

Usage: pnpm faults <scenario> [--full] [--touchpoints N] [--seconds N] [--seed N]

Scenarios: ${scenarios.join(', ')}; infra/faults/README.md says what happens in each.

  --touchpoints N   how many are sent (default ${quick.touchpoints})
  --seconds N       that the sending is spread over (default ${quick.seconds})
  --seed N          repeats a run with the same touchpoints, batches and pauses (default: drawn, and printed)
  --full            all customers of CDNOW, of the folder THROUGHLINE_DATA

Examples:
  pnpm faults instances
  pnpm faults upgrade --touchpoints 20000 --seconds 120`;

/** @throws ArgumentError, and what parseArgs throws */
export function parseArguments(
  given: readonly string[],
  scenarios: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): FaultConfig {
  const number = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: { full: { type: 'boolean' }, touchpoints: number, seconds: number, seed: number },
  });
  const [scenario, ...more] = positionals;
  if (scenario === undefined) throw new ArgumentError(`a scenario is expected: ${scenarios.join(', ')}`);
  if (!scenarios.includes(scenario)) {
    throw new ArgumentError(`there is no scenario ${scenario}, but ${scenarios.join(', ')}`);
  }
  if (more.length > 0) throw new ArgumentError(`one scenario at a time: ${scenario}, or ${more.join(', ')}`);
  const folder = environment['THROUGHLINE_DATA'] || undefined;
  const defaults = values.full === true ? full : quick;
  if (values.full === true && folder === undefined) {
    throw new ArgumentError('--full needs THROUGHLINE_DATA, the folder that holds cdnow/CDNOW_master.txt');
  }
  return {
    scenario,
    folder,
    seed: parseCount('--seed', values.seed, randomInt(2 ** 31)),
    touchpoints: parseCount('--touchpoints', values.touchpoints, defaults.touchpoints),
    seconds: parseCount('--seconds', values.seconds, defaults.seconds),
  };
}

function parseCount(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new ArgumentError(`${flag} takes a whole number above 0`);
  return Number(text);
}

/** What a service gets of ours: what node needs to run, and none of our settings. */
export function readBareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME };
}
