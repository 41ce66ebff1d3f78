/** `pnpm kafka:down`: stops the brokers and wipes what they hold. */
import { stopCluster } from './cluster.ts';
import { parseNone, readArguments } from '../../stack/src/script-arguments.ts';
import { readConfig } from './config.ts';

const usage = `Stops the Kafka of this checkout and deletes what it holds.

Usage: pnpm kafka:down`;

readArguments('pnpm kafka:down', usage, parseNone);

try {
  const { directory } = readConfig([]);
  console.log((await stopCluster(directory)) ? 'Kafka: stopped and wiped' : 'Kafka: there was none');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
