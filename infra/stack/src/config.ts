/**
 * The settings of `start`, read once. Whatever a service reads itself is passed on to it untouched, so a setting that
 * only a service knows needs no change here.
 */
import { defaultPorts, portVariable, type ServiceName, serviceNames, keyKinds } from '@throughline/contracts';
import {
  type BootstrapKeys,
  ConfigError,
  isLoopbackHost,
  parseKafka,
  parseEach,
  parseKeys,
  parseLogLevel,
  parseVariable,
} from '@throughline/runtime/settings';
import path from 'node:path';
import { z } from 'zod';

const checkout = path.resolve(import.meta.dirname, '../../..');

export const defaultHome = path.join(checkout, '.throughline');

export interface StackConfig {
  /** Absolute path of the data directory. */
  home: string;
  host: string;
  ports: Readonly<Record<ServiceName, number>>;
  /** Keys that were set; those that are missing are generated and kept in the home. */
  keys: BootstrapKeys;
  identitySecret: string | undefined;
  /** An existing Postgres; embedded when undefined. */
  databaseUrl: string | undefined;
  logLevel: string;
  /** Entry points of the services. */
  entryPoints: Readonly<Record<ServiceName, string>>;
  /** What the services inherit. */
  inherited: Readonly<NodeJS.ProcessEnv>;
}

/**
 * @throws ConfigError whose problems name each variable and what would be right. An empty variable counts as not set:
 * that is how compose files and shells clear one.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): StackConfig {
  const text = z.string().optional();
  const { kafka: _kafka, ...read } = parseEach({
    home: () => parseVariable(environment, 'THROUGHLINE_HOME', text),
    host: () => parseVariable(environment, 'THROUGHLINE_HOST', text),
    ports: () => parsePorts(environment),
    keys: () => parseKeys(environment),
    identitySecret: () => parseVariable(environment, 'THROUGHLINE_IDENTITY_SECRET', text),
    databaseUrl: () => parseVariable(environment, 'DATABASE_URL', text),
    logLevel: () => parseLogLevel(environment),
    // The services read it for themselves; here a fault is reported once, and before anything runs.
    kafka: () => parseKafka(environment),
  });
  const config: StackConfig = {
    ...read,
    home: path.resolve(read.home ?? defaultHome),
    host: read.host ?? '127.0.0.1',
    entryPoints: {
      ingest: path.join(checkout, 'services/ingest/src/main.ts'),
      identity: path.join(checkout, 'services/identity/src/main.ts'),
      metrics: path.join(checkout, 'services/metrics/src/main.ts'),
    },
    inherited: environment,
  };
  assertKeysWereSetForOpenHost(config);
  return Object.freeze(config);
}

function parsePorts(environment: NodeJS.ProcessEnv): StackConfig['ports'] {
  const ports = parseEach({
    ingest: () => parsePort(environment, 'ingest'),
    identity: () => parsePort(environment, 'identity'),
    metrics: () => parsePort(environment, 'metrics'),
  });
  assertDistinctPorts(ports);
  return ports;
}

function parsePort(environment: NodeJS.ProcessEnv, service: ServiceName): number {
  return parseVariable(
    environment,
    portVariable(service),
    z.coerce
      .number({ error: 'must be a port, 1 to 65535' })
      .int()
      .min(1)
      .max(65_535)
      .default(defaultPorts[service]),
  );
}

function assertDistinctPorts(ports: StackConfig['ports']): void {
  for (const one of serviceNames) {
    for (const other of serviceNames) {
      if (one < other && ports[one] === ports[other]) {
        throw new ConfigError(
          `${portVariable(one)} and ${portVariable(other)} are both ${ports[one]}: each service needs its own port.`,
        );
      }
    }
  }
}

/** Generated keys lie in a file that may never have been read by the operator that opened the port. */
function assertKeysWereSetForOpenHost({ host, keys }: StackConfig): void {
  if (isLoopbackHost(host)) return;
  const missing = keyKinds.filter((kind) => keys[kind] === undefined);
  if (missing.length === 0) return;
  const names = missing.map((kind) => `THROUGHLINE_${kind.toUpperCase()}_KEY`);
  throw new ConfigError(
    `THROUGHLINE_HOST=${host} opens the services to others, which needs keys that were set, not generated. ` +
      `Set ${names.join(', ')} (at least 128 random bits each), or keep THROUGHLINE_HOST=127.0.0.1.`,
  );
}
