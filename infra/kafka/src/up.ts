/** `pnpm kafka:up [--brokers 1|3]`: the last line names the brokers, as the variable that the services read. */
import { startCluster } from './cluster.ts';
import { readArguments } from '../../stack/src/script-arguments.ts';
import { readConfig } from './config.ts';

const usage = `Starts a real Kafka for this checkout, with its data in THROUGHLINE_HOME. Needs Java and Maven.

Usage: pnpm kafka:up [--brokers 1|3]

Example: pnpm kafka:up --brokers 3`;

const { directory, brokers } = readArguments('pnpm kafka:up', usage, readConfig);

try {
  console.log(`Kafka: ${brokers === 1 ? 'one broker' : `${brokers} brokers`}, data in ${directory}`);
  console.log(`KAFKA_BROKERS=${await startCluster(directory, brokers)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
