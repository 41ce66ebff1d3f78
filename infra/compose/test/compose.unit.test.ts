/** What docker-compose.yml promises, held against the specification, the generator of the `.env` and the images. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseKafka, parseKeys } from '@throughline/runtime';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { renderEnvFile } from '../src/env-file.ts';
import {
  type ComposeFile,
  type ComposeService,
  findReferences,
  loadComposeFile,
  parseEnvFile,
  readText,
} from './compose-file.ts';

const threeBrokers = 'infra/compose/three-brokers.yml';
const observability = 'infra/compose/observability.yml';
const composeFiles = ['docker-compose.yml', 'infra/compose/postgres-log.yml', threeBrokers];
const externalKafka = 'infra/compose/external-kafka.yml';
const kafkaOfOthers = { KAFKA_BROKERS: 'kafka-1:9093', KAFKA_TLS_DIRECTORY: '/etc/kafka-tls' };
const secrets = parseEnvFile(renderEnvFile());
const ofGrafana = { GRAFANA_PASSWORD: 'a-password-of-the-operator' };
const compose = loadComposeFile('docker-compose.yml', secrets);
const services = Object.entries(compose.services);
const own = ['ingest', 'identity', 'metrics'];

/** The specification's own schema (Apache-2.0), as dclint's package carries it. */
function createSchemaCheck(): (file: unknown) => string[] {
  const dclint = path.dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
  const schema = JSON.parse(readFileSync(path.join(dclint, 'schemas/compose.schema.json'), 'utf8')) as object;
  const validate = new Ajv({ strict: false, validateSchema: false, validateFormats: false, allErrors: true });
  const check = validate.compile(schema);
  return (file) =>
    check(file) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

const serviceOf = (name: string, file: ComposeFile = compose): ComposeService => {
  const service = file.services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
};

describe('the compose files', () => {
  const findFaults = createSchemaCheck();

  test.each([...composeFiles, externalKafka, observability])(
    '%s agrees with the schema of the compose specification',
    (file) => {
      expect(findFaults(loadComposeFile(file, { ...secrets, ...kafkaOfOthers, ...ofGrafana }))).toEqual([]);
    },
  );

  test('are read by a schema that sees a misspelt attribute', () => {
    const misspelt = { services: { ingest: { ...serviceOf('ingest'), health_check: {} } } };
    expect(findFaults(misspelt)).not.toEqual([]);
  });
});

describe('the environment', () => {
  const references = composeFiles.flatMap((file) => findReferences(readText(file)));
  const requiredNames = new Set(references.filter((reference) => reference.required).map(({ name }) => name));

  test('that is required is what the generator makes', () => {
    expect([...requiredNames].toSorted()).toEqual(Object.keys(secrets).toSorted());
  });

  test('must be there', () => {
    for (const name of requiredNames) {
      expect(() => loadComposeFile('docker-compose.yml', { ...secrets, [name]: '' })).toThrow(name);
    }
  });

  test('has no default for a secret, and no secret in plain text', () => {
    const isSecret = (name: string): boolean => /PASSWORD|SECRET|_KEY$/.test(name);
    expect(references.filter(({ name, required }) => isSecret(name) && !required)).toEqual([]);
    const made = new Set(Object.values(secrets));
    const written = services.flatMap(([, service]) =>
      Object.entries(service.environment ?? {}).filter(([name, value]) => isSecret(name) && !made.has(value)),
    );
    expect(written).toEqual([]);
  });

  test('has keys that the services take, other ones every time', () => {
    expect(Object.keys(parseKeys(secrets)).toSorted()).toEqual(['admin', 'read', 'server', 'write']);
    const again = parseEnvFile(renderEnvFile());
    expect(Object.keys(secrets).filter((name) => again[name] === secrets[name])).toEqual([]);
  });

  test('gives the identity secret to identity only, and to each service its own password only', () => {
    const knows = (name: string): string[] =>
      services
        .filter(([, { environment = {} }]) =>
          Object.values(environment).some((value) => value.includes(secrets[name] ?? name)),
        )
        .map(([service]) => service);
    expect(knows('THROUGHLINE_IDENTITY_SECRET')).toEqual(['identity']);
    expect(knows('POSTGRES_PASSWORD')).toEqual(['postgres']);
    for (const service of own) {
      expect(knows(`THROUGHLINE_${service.toUpperCase()}_DATABASE_PASSWORD`)).toEqual([service, 'postgres']);
      expect(serviceOf(service).environment?.['DATABASE_URL']).toContain(`//throughline_${service}:`);
    }
  });
});

describe.each(services)('%s', (name, service) => {
  test('does not run as root, and cannot become it', () => {
    expect(service.user).toMatch(/^(node|postgres|appuser)$/);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toContain('no-new-privileges:true');
  });

  test('has a pinned image or is built here', () => {
    if (service.build === undefined) expect(service.image).toMatch(/^[a-z/]+:\d+\.\d+(\.\d+)?$/);
    else expect(service.build).toEqual({ context: '.', dockerfile: `services/${name}/Dockerfile` });
  });

  test('is reached from this machine only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(service.ports ?? []).toHaveLength(own.includes(name) ? 1 : 0);
  });

  test('has a health check, limits and a restart policy', () => {
    expect(service.healthcheck?.test.length).toBeGreaterThan(1);
    expect(Object.keys(service.deploy?.resources.limits ?? {})).toEqual(['cpus', 'memory', 'pids']);
    expect(service.restart).toBe('unless-stopped');
  });
});

describe('three brokers', () => {
  const override = loadComposeFile(threeBrokers, secrets);
  const first = serviceOf('kafka');
  const names = ['kafka', 'kafka-2', 'kafka-3'];
  const environmentOf = (name: string): Record<string, string> => ({
    ...(name === 'kafka' ? first.environment : {}),
    ...serviceOf(name, override).environment,
  });

  test.each(names.slice(1))(
    '%s is the broker of docker-compose.yml but for its name and its data',
    (name) => {
      const { environment: _environment, volumes, healthcheck, ...rest } = serviceOf(name, override);
      const { environment: _ofFirst, volumes: _volumes, healthcheck: ofFirst, ...restOfFirst } = first;
      expect(rest).toEqual(restOfFirst);
      expect(volumes).toEqual([`${name}:/var/lib/kafka/data`]);
      const expected = JSON.stringify(ofFirst).replace('kafka:9092', `${name}:9092`);
      expect(healthcheck).toEqual(JSON.parse(expected));
      expect({
        ...environmentOf(name),
        KAFKA_NODE_ID: '1',
        KAFKA_ADVERTISED_LISTENERS: 'BROKER://kafka:9092',
      }).toEqual(environmentOf('kafka'));
    },
  );

  test('are each other’s voters, and keep three copies of which two acknowledge', () => {
    for (const name of names) {
      const environment = environmentOf(name);
      expect(environment['KAFKA_CONTROLLER_QUORUM_VOTERS']).toContain(
        `${environment['KAFKA_NODE_ID']}@${name}:9093`,
      );
      expect(environment).toMatchObject({
        KAFKA_DEFAULT_REPLICATION_FACTOR: '3',
        KAFKA_MIN_INSYNC_REPLICAS: '2',
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '3',
      });
    }
  });
});

describe('the services', () => {
  test.each(own)('%s starts when its database and its log answer', (name) => {
    const conditions = Object.entries(serviceOf(name).depends_on ?? {}).map(([on, { condition }]) => [
      on,
      condition,
    ]);
    expect(conditions).toEqual([
      ['postgres', 'service_healthy'],
      ['kafka', 'service_healthy'],
    ]);
  });

  test.each(own)('%s writes nothing into its container', (name) => {
    expect(serviceOf(name).read_only).toBe(true);
    expect(serviceOf(name).volumes).toBeUndefined();
  });

  test('are the only ones that a network leads to from outside', () => {
    expect(compose.networks?.['inside']?.internal).toBe(true);
    const outside = services
      .filter(([, { networks }]) => networks?.includes('outside'))
      .map(([name]) => name);
    expect(outside).toEqual(own);
  });

  test('wait for no Kafka where Postgres is the log', () => {
    const override = loadComposeFile('infra/compose/postgres-log.yml', secrets);
    for (const name of own) {
      expect(serviceOf(name, override).environment).toEqual({ KAFKA_BROKERS: '' });
      expect(Object.keys(serviceOf(name, override).depends_on ?? {})).toEqual(['postgres']);
    }
  });

  test('use three brokers where there are three, and wait for all of them', () => {
    const override = loadComposeFile(threeBrokers, secrets);
    for (const name of own) {
      const { environment, depends_on } = serviceOf(name, override);
      expect(environment).toEqual({ KAFKA_BROKERS: 'kafka:9092,kafka-2:9092,kafka-3:9092' });
      expect(Object.keys(depends_on ?? {})).toEqual(['kafka-2', 'kafka-3']);
    }
  });

  test('are watched by what has no right but to read, and send their traces there', () => {
    const override = loadComposeFile(observability, { ...secrets, ...ofGrafana });
    for (const name of own) {
      expect(serviceOf(name, override).environment).toEqual({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://jaeger:4318',
      });
    }
    for (const name of ['prometheus', 'grafana', 'jaeger']) {
      const tool = serviceOf(name, override);
      expect(tool).toMatchObject({
        image: expect.stringMatching(/^[a-z/]+:v?\d+\.\d+\.\d+$/),
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        user: expect.stringMatching(/^(nobody|grafana|10001)$/),
      });
      for (const port of tool.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    }
    expect(override.configs?.['read-key']?.content).toBe(secrets['THROUGHLINE_READ_KEY']);
    const mounted = ['prometheus', 'grafana'].flatMap((name) => serviceOf(name, override).volumes ?? []);
    const files = mounted.filter((one) => one.startsWith('./')).map((one) => one.split(':')[0] ?? '');
    expect(files).toHaveLength(3);
    for (const file of files) expect(readText(file)).not.toBe('');
    expect(() => loadComposeFile(observability, secrets)).toThrow('GRAFANA_PASSWORD');
  });

  test('log in to a Kafka of others, and wait for none of ours', () => {
    const login = {
      KAFKA_TLS: 'true',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'throughline',
      KAFKA_SASL_PASSWORD: 'word',
      KAFKA_COMPRESSION: 'gzip',
    };
    const override = loadComposeFile(externalKafka, { ...kafkaOfOthers, ...login });
    for (const name of own) {
      const { environment, depends_on, volumes } = serviceOf(name, override);
      expect(parseKafka(environment ?? {})).toEqual({
        brokers: ['kafka-1:9093'],
        compression: 'gzip',
        tls: {},
        sasl: { mechanism: 'scram-sha-512', username: 'throughline', password: 'word' },
      });
      expect(Object.keys(depends_on ?? {})).toEqual(['postgres']);
      expect(volumes).toEqual(['/etc/kafka-tls:/run/kafka-tls:ro']);
    }
    expect(() => loadComposeFile(externalKafka, {})).toThrow('KAFKA_');
    const files = { KAFKA_TLS_CA_FILE: 'KAFKA_TLS_CA_FILE', KAFKA_TLS_KEY_FILE: 'KAFKA_TLS_KEY_FILE' };
    expect(
      loadComposeFile(externalKafka, { ...kafkaOfOthers, ...files }).services['ingest']?.environment,
    ).toMatchObject(files);
  });
});
