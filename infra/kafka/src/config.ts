/** Reads from the command line and the environment where the brokers keep their data, and how many to start. */
import { join, resolve } from 'node:path';
import { ArgumentError } from '../../stack/src/script-arguments.ts';

export interface KafkaConfig {
  directory: string;
  brokers: number;
}

const checkout = resolve(import.meta.dirname, '..', '..', '..');

/** @throws ArgumentError */
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

function parseBrokers(given: readonly string[]): number {
  const [flag, value] = given[0]?.startsWith('--brokers=') === true ? given[0].split('=') : given;
  if (flag === undefined) return 1;
  const expectedLength = flag === given[0] ? 2 : 1;
  const isComplete = flag === '--brokers' && given.length === expectedLength;
  if (isComplete && (value === '1' || value === '3')) return Number(value);
  throw new ArgumentError(`it takes --brokers 1 or --brokers 3, and was given ${given.join(' ')}`);
}
