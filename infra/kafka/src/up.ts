/** `pnpm kafka:up [--brokers 1|3]`: the last line names the brokers, as the variable that the services read. */
import { startCluster } from './cluster.ts';
import { readConfig } from './config.ts';

try {
  const { directory, brokers } = readConfig(process.argv.slice(2));
  console.log(`Kafka: ${brokers === 1 ? 'one broker' : `${brokers} brokers`}, data in ${directory}`);
  console.log(`KAFKA_BROKERS=${await startCluster(directory, brokers)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
