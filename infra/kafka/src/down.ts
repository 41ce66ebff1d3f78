/** `pnpm kafka:down`: stops the brokers and wipes what they hold. */
import { stopCluster } from './cluster.ts';
import { readConfig } from './config.ts';

try {
  const { directory } = readConfig([]);
  console.log((await stopCluster(directory)) ? 'Kafka: stopped and wiped' : 'Kafka: there was none');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
