/** What the images do, done outside Docker: their copies, their install, their command with compose's environment. */
import { canStartBrokers, findFreePort } from '@throughline/testkit';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { renderEnvFile } from '../src/env-file.ts';
import { type ComposeDatabase, startComposeDatabase } from './compose-database.ts';
import { loadComposeFile, parseEnvFile } from './compose-file.ts';
import { type ComposeKafka, startComposeKafka } from './compose-kafka.ts';
import { type Container, Image } from './run-image.ts';

const services = ['ingest', 'identity', 'metrics'] as const;
type Service = (typeof services)[number];

/** Three processes, a database and a broker that all start at once, beside whatever else the machine does. */
const walkTimeoutMs = 240_000;

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
    // Of these tests' server, not of the compose file's.
    THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
    KAFKA_BROKERS: environment['KAFKA_BROKERS']?.replace('kafka:9092', at.broker ?? '') ?? '',
    [`THROUGHLINE_${service.toUpperCase()}_PORT`]: String(at.port),
  };
}

interface Running {
  container: Container;
  url: string;
}

const started: Container[] = [];

/** Also when a test failed half-way. */
afterEach(async () => {
  await Promise.all(started.splice(0).map((container) => container.stop()));
});

/** All three at once, as `docker compose up` does; ready by the images' own health checks. */
async function startAll(at: { database: number; broker?: string }): Promise<Map<Service, Running>> {
  const running = new Map<Service, Running>();
  await Promise.all(
    services.map(async (service) => {
      const port = await findFreePort();
      const container = images.get(service)?.start(environmentOf(service, { ...at, port }));
      if (container === undefined) throw new Error(`no image of ${service}`);
      started.push(container);
      running.set(service, { container, url: `http://127.0.0.1:${port}` });
      expect(await container.waitUntilHealthy(port)).toMatch(/^200 /);
    }),
  );
  return running;
}

/** One purchase, from the till to the figures, and the figures verified: each step with the rights of its own role. */
async function walk(running: ReadonlyMap<Service, Running>): Promise<void> {
  const ask = async (service: Service, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${running.get(service)?.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${secrets['THROUGHLINE_ADMIN_KEY']}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await response.json();
  };
  const order = { order_id: 'A-1', revenue: 12.5, currency: 'EUR' };
  const day = '2026-03-05';
  const purchase = {
    id: 'one',
    type: 'track',
    name: 'Order Completed',
    timestamp: `${day}T12:00:00Z`,
    userId: 'ada',
    properties: order,
  };
  expect(await ask('ingest', '/v1/touchpoints', purchase)).toMatchObject({ accepted: 1 });
  await expect.poll(() => ask('identity', '/v1/profiles/user_id:ada')).toMatchObject({ touchpointCount: 1 });
  const growth = `/v1/metrics/growth?window=30&activity=purchase&from=${day}&to=${day}`;
  await expect.poll(() => ask('metrics', growth)).toMatchObject({ days: [{ active: 1, new: 1 }] });
  const { id } = (await ask('metrics', '/v1/metrics/verifications', {})) as { id: string };
  await expect
    .poll(() => ask('metrics', `/v1/metrics/verifications/${id}`))
    .toMatchObject({ state: 'done', differences: [] });
  const page = await (await fetch(`${running.get('metrics')?.url}/console`)).text();
  for (const [, address = ''] of page.matchAll(/(?:src|href)="(\/console\/assets\/[^"]+)"/g)) {
    expect((await fetch(`${running.get('metrics')?.url}${address}`)).status, address).toBe(200);
  }
  expect(page).toContain('/console/assets/');
}

async function stopAll(running: ReadonlyMap<Service, Running>): Promise<void> {
  for (const { container } of running.values()) {
    expect(await container.stop()).toBe(0);
    expect(container.output).toContain('"event":"service.stopped"');
  }
}

describe.runIf(canStartBrokers())('with the database and the Kafka of the compose file', () => {
  let database: ComposeDatabase;
  let kafka: ComposeKafka | undefined;

  beforeAll(async () => {
    database = await startComposeDatabase();
    await database.runScript('10-roles.sql', secrets);
    kafka = await startComposeKafka(compose.services['kafka']?.environment ?? {});
  });

  afterAll(async () => {
    await kafka?.stop();
    await database.stop();
  });

  test(
    'the images become ready, count a purchase, and stop when asked',
    async () => {
      const running = await startAll({ database: database.port, broker: kafka?.broker ?? '' });
      await walk(running);
      await stopAll(running);
    },
    walkTimeoutMs,
  );

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

  test(
    'the images become ready, count a purchase, and stop when asked',
    async () => {
      const running = await startAll({ database: database.port });
      await walk(running);
      await stopAll(running);
    },
    walkTimeoutMs,
  );
});
