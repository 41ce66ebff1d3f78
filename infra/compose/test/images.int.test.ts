/** What the images do, done outside Docker: their copies, their install, their command with compose's environment. */
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderEnvFile } from '../src/env-file.ts';
import { type ComposeDatabase, startComposeDatabase } from './compose-database.ts';
import { loadComposeFile, parseEnvFile } from './compose-file.ts';
import { type Container, Image } from './run-image.ts';

const services = ['ingest', 'identity', 'metrics'] as const;
const secrets = parseEnvFile(renderEnvFile());
const compose = loadComposeFile('docker-compose.yml', secrets);
const withoutKafka = loadComposeFile('infra/compose/postgres-log.yml', secrets);

let database: ComposeDatabase;

beforeAll(async () => {
  database = await startComposeDatabase();
  await database.runScript('10-roles.sql', secrets);
  await database.runScript('20-event-log.sql');
});

afterAll(() => database.stop());

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Of the container, but that the other containers are on this machine, and that the port may be taken here. */
function environmentOf(service: string, port: number): Record<string, string> {
  const environment = {
    ...compose.services[service]?.environment,
    ...withoutKafka.services[service]?.environment,
  };
  return {
    ...environment,
    DATABASE_URL:
      environment['DATABASE_URL']?.replace('@postgres:5432/', `@127.0.0.1:${database.port}/`) ?? '',
    [`THROUGHLINE_${service.toUpperCase()}_PORT`]: String(port),
  };
}

describe.each(services)('the image of %s', (service) => {
  const image = new Image(`services/${service}/Dockerfile`);
  let container: Container | undefined;

  afterAll(async () => {
    await container?.stop();
    image.remove();
  });

  test('installs, becomes ready with the rights of its own role, and stops when told', async () => {
    await image.build();
    const port = await findFreePort();
    container = image.start(environmentOf(service, port));
    expect(await container.waitUntilHealthy(port)).toMatch(/^200 /);
    expect(await container.stop()).toBe(0);
    expect(container.output).toContain('"event":"service.stopped"');
  });
});
