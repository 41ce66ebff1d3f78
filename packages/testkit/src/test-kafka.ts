/**
 * A real Kafka for tests: the brokers that `THROUGHLINE_TEST_KAFKA_BROKERS` names, else one that the whole run shares,
 * started by the first test that asks (see vitest-global-setup.ts).
 */
import { findKafkaSource, hasJavaAndMaven, testKafkaVariable } from './kafka-source.ts';
import { testServerVariable } from './test-database.ts';

/**
 * Whether there can be a Kafka here. Where there cannot, suites skip with a loud line; with `CI=true` that fails, since
 * a suite that never runs is not green.
 */
export function canRunKafka(): boolean {
  const source = findKafkaSource();
  return source.kind !== 'none' || skipLoudly(source.missing);
}

/** The same for suites that start, kill and move brokers themselves, which are processes of this machine. */
export function canStartBrokers(): boolean {
  return hasJavaAndMaven() || skipLoudly('brokers as processes need Java and Maven');
}

export function skipLoudly(missing: string, environment: NodeJS.ProcessEnv = process.env): false {
  const message = `Kafka's suites cannot run here: ${missing}`;
  if (environment['CI'] === 'true') throw new Error(message);
  console.warn(`\n***** SKIPPED: ${message} *****\n`);
  return false;
}

/** `host:port,…` */
export async function findTestKafka(): Promise<string> {
  const given = process.env[testKafkaVariable];
  if (given !== undefined && given !== '') return given;
  const address = process.env[testServerVariable];
  if (address === undefined) throw new Error('no test server: run under vitest from the root');
  const response = await fetch(new URL('/kafka', address));
  const body = await response.text();
  if (!response.ok) throw new Error(`Kafka did not start: ${body}`);
  return body;
}
