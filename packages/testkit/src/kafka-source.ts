/** Where the Kafka of a test run comes from. */
import { spawnSync } from 'node:child_process';

export const testKafkaVariable = 'THROUGHLINE_TEST_KAFKA_BROKERS';

export type KafkaSource =
  | { kind: 'given'; brokers: string }
  | { kind: 'container' }
  | { kind: 'processes' }
  | { kind: 'none'; missing: string };

export interface KafkaMeans {
  /** `host:port,…` by `testKafkaVariable`. */
  given: string | undefined;
  hasContainers: () => boolean;
  hasJavaAndMaven: () => boolean;
}

/**
 * Brokers that are named come first. Then a container, where an engine answers: that is the image which runs in
 * production, and needs nothing else of the machine. Else processes on Java, as `kafka:up` starts them.
 */
export function decideKafkaSource(means: KafkaMeans): KafkaSource {
  const { given } = means;
  if (given !== undefined && given !== '') return { kind: 'given', brokers: given };
  if (means.hasContainers()) return { kind: 'container' };
  if (means.hasJavaAndMaven()) return { kind: 'processes' };
  return { kind: 'none', missing: 'neither a Docker engine answers, nor are there Java and Maven' };
}

export function findKafkaSource(environment: NodeJS.ProcessEnv = process.env): KafkaSource {
  return decideKafkaSource({
    given: environment[testKafkaVariable],
    // The client alone proves nothing: it is the engine's version that is asked for.
    hasContainers: () => succeeds('docker', ['version', '--format', '{{.Server.Version}}']),
    hasJavaAndMaven,
  });
}

export function hasJavaAndMaven(): boolean {
  return succeeds('java', ['-version']) && succeeds('mvn', ['-version']);
}

function succeeds(program: string, arguments_: readonly string[]): boolean {
  return spawnSync(program, arguments_, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}
