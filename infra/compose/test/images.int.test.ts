/** What the images do, done outside Docker: their copies, their install, their command with compose's environment. */
import { canRunKafka } from '@throughline/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderEnvFile } from '../src/env-file.ts';
import { type ComposeDatabase, startComposeDatabase } from './compose-database.ts';
import { loadComposeFile, parseEnvFile } from './compose-file.ts';
import { type ComposeKafka, startComposeKafka } from './compose-kafka.ts';
import { findFreePort } from './free-port.ts';
import { type Container, Image } from './run-image.ts';

const services = ['ingest', 'identity', 'metrics'] as const;
type Service = (typeof services)[number];

const secrets = parseEnvFile(renderEnvFile());
const compose = loadComposeFile('docker-compose.yml', secrets);
const withoutKafka = loadComposeFile('infra/compose/postgres-log.yml', secrets);

const images = new Map<Service, Image>(
  services.map((service) => [service, new Image(`services/${service}/Dockerfile`)]),
);

afterAll(() => {
  for (const image of images.values()) image.remove();
});

describe.each(services)('the image of %s', (service) => {
  test('installs what its Dockerfile copies', () => images.get(service)?.build());
});

/** Of the containers, but that the others are on this machine, and that their ports may be taken here. */
function environmentOf(service: Service, at: { port: number; database: number; broker?: string }) {
  const override = at.broker === undefined ? withoutKafka.services[service]?.environment : {};
  const environment = { ...compose.services[service]?.environment, ...override };
  return {
    ...environment,
    DATABASE_URL: environment['DATABASE_URL']?.replace('@postgres:5432/', `@127.0.0.1:${at.database}/`) ?? '',
    KAFKA_BROKERS: environment['KAFKA_BROKERS']?.replace('kafka:9092', at.broker ?? '') ?? '',
    [`THROUGHLINE_${service.toUpperCase()}_PORT`]: String(at.port),
  };
}

async function becomesReadyAndStops(
  service: Service,
  at: { database: number; broker?: string },
): Promise<void> {
  const port = await findFreePort();
  const container: Container | undefined = images
    .get(service)
    ?.start(environmentOf(service, { ...at, port }));
  try {
    expect(await container?.waitUntilHealthy(port)).toMatch(/^200 /);
  } finally {
    expect(await container?.stop()).toBe(0);
  }
  expect(container?.output).toContain('"event":"service.stopped"');
}

describe.runIf(canRunKafka())('with the database and the Kafka of the compose file', () => {
  let database: ComposeDatabase;
  let kafka: ComposeKafka;

  beforeAll(async () => {
    database = await startComposeDatabase();
    await database.runScript('10-roles.sql', secrets);
    kafka = await startComposeKafka(compose.services['kafka']?.environment ?? {});
  });

  afterAll(async () => {
    await kafka.stop();
    await database.stop();
  });

  test.each(services)('%s becomes ready, and stops when told', async (service) => {
    await becomesReadyAndStops(service, { database: database.port, broker: kafka.broker });
  });

  test('nothing of the log is in the database', async () => {
    const client = new Client({ connectionString: database.connectionString });
    await client.connect();
    const { rows } = await client.query("select nspname from pg_namespace where nspname = 'event_log'");
    await client.end();
    expect(rows).toEqual([]);
  });
});

describe('with the database of the compose file that has no Kafka', () => {
  let database: ComposeDatabase;

  beforeAll(async () => {
    database = await startComposeDatabase();
    await database.runScript('10-roles.sql', secrets);
    await database.runScript('20-event-log.sql');
  });

  afterAll(() => database.stop());

  test.each(services)('%s becomes ready, and stops when told', async (service) => {
    await becomesReadyAndStops(service, { database: database.port });
  });
});
