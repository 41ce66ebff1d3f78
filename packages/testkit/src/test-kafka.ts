/**
 * A real Kafka for tests: the brokers that `THROUGHLINE_TEST_KAFKA_BROKERS` names, else one that the whole run shares,
 * started by the first test that asks (see vitest-global-setup.ts).
 */
import { spawnSync } from 'node:child_process';
import { testServerVariable } from './test-database.ts';

/**
 * Whether there can be a Kafka here. Where there cannot, suites skip with a loud line; with `CI=true` that fails, since
 * a suite that never runs is not green.
 */
export function canRunKafka(): boolean {
  if (isGiven(process.env['THROUGHLINE_TEST_KAFKA_BROKERS'])) return true;
  const missing = ['java', 'mvn'].filter(
    (program) => spawnSync(program, ['-version'], { stdio: 'ignore' }).status !== 0,
  );
  if (missing.length === 0) return true;
  const message = `Kafka's suites cannot run here: ${missing.join(' and ')} missing`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`\n***** SKIPPED: ${message} *****\n`);
  return false;
}

/** `host:port,…` */
export async function findTestKafka(): Promise<string> {
  const given = process.env['THROUGHLINE_TEST_KAFKA_BROKERS'];
  if (isGiven(given)) return given;
  const address = process.env[testServerVariable];
  if (address === undefined) throw new Error('no test server: run under vitest from the root');
  const response = await fetch(new URL('/kafka', address));
  const body = await response.text();
  if (!response.ok) throw new Error(`Kafka did not start: ${body}`);
  return body;
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
