/** The Kafka of a test run in a container: the image and the settings of `docker-compose.yml`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { findFreePort } from './free-port.ts';
import type { SharedServer } from './shared-postgres.ts';

const composeFile = path.join(import.meta.dirname, '..', '..', '..', 'docker-compose.yml');

interface Broker {
  image: string;
  environment: Record<string, string>;
}

/** The broker of a compose file, for clients outside its network that reach it at `address`. */
export function brokerOfCompose(text: string, address: string): Broker {
  const { services } = parse(text, { merge: true }) as { services: { kafka: Broker } };
  const { image, environment } = services.kafka;
  return {
    image,
    environment: {
      ...environment,
      // Any will do: the cluster lives as long as the run.
      CLUSTER_ID: 'dGhyb3VnaGxpbmUtdGVzdA',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_ADVERTISED_LISTENERS: `BROKER://${address}`,
      // Tests kill clients, never the machine: what the kernel has is durable enough.
      KAFKA_LOG_FLUSH_INTERVAL_MESSAGES: '10000',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      // Retention that is set to seconds passes in seconds.
      KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: '1000',
      KAFKA_LOG_INITIAL_TASK_DELAY_MS: '1000',
      KAFKA_LOG_CLEANER_BACKOFF_MS: '1000',
    },
  };
}

/** Containers of runs that were killed are removed by testcontainers' own reaper. */
export async function startContainerKafka(): Promise<SharedServer> {
  // Loaded where it is needed only: it is large, and most runs have no use for it.
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime;
  // Chosen beforehand, because the broker announces to its clients the port that they reach it at.
  const port = await findFreePort();
  const address = `${host}:${port}`;
  const { image, environment } = brokerOfCompose(readFileSync(composeFile, 'utf8'), address);
  const container = await new GenericContainer(image)
    .withEnvironment(environment)
    .withExposedPorts({ container: 9092, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(90_000)
    .start();
  return {
    address,
    async stop() {
      await container.stop();
    },
  };
}
