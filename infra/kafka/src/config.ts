/** Reads from the command line and the environment where the brokers keep their data, and how many to start. */
import { join, resolve } from 'node:path';

export interface KafkaConfig {
  directory: string;
  brokers: number;
}

const checkout = resolve(import.meta.dirname, '..', '..', '..');

/** @throws Error with the usage line, when the arguments are not valid */
export function readConfig(
  arguments_: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): KafkaConfig {
  const home = environment['THROUGHLINE_HOME'];
  const directory = join(
    home === undefined || home === '' ? join(checkout, '.throughline') : resolve(home),
    'kafka',
  );
  return { directory, brokers: parseBrokers(arguments_) };
}

function parseBrokers(arguments_: readonly string[]): number {
  // pnpm passes its own `--` separator on.
  const given = arguments_.filter((argument) => argument !== '--');
  const [flag, value] = given[0]?.startsWith('--brokers=') === true ? given[0].split('=') : given;
  if (flag === undefined) return 1;
  const expectedLength = flag === given[0] ? 2 : 1;
  const isComplete = flag === '--brokers' && given.length === expectedLength;
  if (isComplete && (value === '1' || value === '3')) return Number(value);
  throw new Error('usage: pnpm kafka:up [--brokers 1|3]');
}
