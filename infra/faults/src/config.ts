/** What a run is given: arguments, and where real data lie. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

export interface FaultConfig {
  scenario: string;
  seed: number;
  touchpoints: number;
  seconds: number;
  folder: string | undefined;
}

const quick = { touchpoints: 3_000, seconds: 30 };
const full = { touchpoints: Number.MAX_SAFE_INTEGER, seconds: 150 };

/** Throws with a sentence for the user. */
export function parseArguments(
  given: readonly string[],
  scenarios: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): FaultConfig {
  const number = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: given.filter((argument) => argument !== '--'),
    allowPositionals: true,
    options: { full: { type: 'boolean' }, touchpoints: number, seconds: number, seed: number },
  });
  const [scenario = ''] = positionals;
  if (!scenarios.includes(scenario)) {
    throw new Error(
      `usage: pnpm faults ${scenarios.join('|')} [--full] [--touchpoints N] [--seconds N] [--seed N]`,
    );
  }
  const folder = environment['THROUGHLINE_DATA'] || undefined;
  const defaults = values.full === true ? full : quick;
  if (values.full === true && folder === undefined) {
    throw new Error('--full needs THROUGHLINE_DATA, the folder that holds cdnow/CDNOW_master.txt');
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
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`${flag} takes a whole number above 0`);
  return Number(text);
}

/** What a service gets of ours: what node needs to run, and none of our settings. */
export function readBareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME };
}
