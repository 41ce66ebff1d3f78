/**
 * The settings of `start`, read once. Whatever a service reads itself is passed on to it untouched, so a setting that
 * only a service knows needs no change here.
 */
import { isIP } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

const port = z.coerce.number().int().min(1).max(65_535);
const key = z.string().min(22, 'has fewer than 22 characters, too few to be a secret');

const environmentSchema = z.object({
  THROUGHLINE_HOME: z.string().default(path.join(checkout, '.throughline')),
  THROUGHLINE_HOST: z.string().default('127.0.0.1'),
  THROUGHLINE_INGEST_PORT: port.default(8080),
  THROUGHLINE_IDENTITY_PORT: port.default(8081),
  THROUGHLINE_METRICS_PORT: port.default(8082),
  THROUGHLINE_WRITE_KEY: key.optional(),
  THROUGHLINE_SERVER_KEY: key.optional(),
  THROUGHLINE_READ_KEY: key.optional(),
  THROUGHLINE_ADMIN_KEY: key.optional(),
  THROUGHLINE_IDENTITY_SECRET: key.optional(),
  DATABASE_URL: z.string().optional(),
  LOG_LEVEL: z.string().default('info'),
});

export const serviceNames = ['ingest', 'identity', 'metrics'] as const;
export type ServiceName = (typeof serviceNames)[number];

export const keyKinds = ['write', 'server', 'read', 'admin'] as const;
export type KeyKind = (typeof keyKinds)[number];

export interface StackConfig {
  /** Absolute path of the data directory. */
  home: string;
  host: string;
  ports: Readonly<Record<ServiceName, number>>;
  /** Keys that were set; those that are missing are generated and kept in the home. */
  keys: Readonly<Partial<Record<KeyKind, string>>>;
  identitySecret: string | undefined;
  /** An existing Postgres; embedded when undefined. */
  databaseUrl: string | undefined;
  logLevel: string;
  /** Entry points of the services. */
  entryPoints: Readonly<Record<ServiceName, string>>;
  /** What the services inherit. */
  inherited: Readonly<NodeJS.ProcessEnv>;
}

/** A setting is wrong: the message names the variable and what would be right. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** An empty variable counts as not set: that is how compose files and shells clear one. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): StackConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new SettingsError(`The settings cannot be used.\n  ${problems.join('\n  ')}`);
  }
  const settings = parsed.data;
  const config: StackConfig = {
    home: path.resolve(settings.THROUGHLINE_HOME),
    host: settings.THROUGHLINE_HOST,
    ports: {
      ingest: settings.THROUGHLINE_INGEST_PORT,
      identity: settings.THROUGHLINE_IDENTITY_PORT,
      metrics: settings.THROUGHLINE_METRICS_PORT,
    },
    keys: present({
      write: settings.THROUGHLINE_WRITE_KEY,
      server: settings.THROUGHLINE_SERVER_KEY,
      read: settings.THROUGHLINE_READ_KEY,
      admin: settings.THROUGHLINE_ADMIN_KEY,
    }),
    identitySecret: settings.THROUGHLINE_IDENTITY_SECRET,
    databaseUrl: settings.DATABASE_URL,
    logLevel: settings.LOG_LEVEL,
    entryPoints: {
      ingest: path.join(checkout, 'services/ingest/src/main.ts'),
      identity: path.join(checkout, 'services/identity/src/main.ts'),
      metrics: path.join(checkout, 'services/metrics/src/main.ts'),
    },
    inherited: given,
  };
  assertDistinctPorts(config.ports);
  assertKeysWereSetForOpenHost(config);
  return Object.freeze(config);
}

function present(keys: Record<KeyKind, string | undefined>): Partial<Record<KeyKind, string>> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

export function portVariable(service: ServiceName): string {
  return `THROUGHLINE_${service.toUpperCase()}_PORT`;
}

function assertDistinctPorts(ports: StackConfig['ports']): void {
  for (const one of serviceNames) {
    for (const other of serviceNames) {
      if (one < other && ports[one] === ports[other]) {
        throw new SettingsError(
          `${portVariable(one)} and ${portVariable(other)} are both ${ports[one]}: each service needs its own port.`,
        );
      }
    }
  }
}

/** Generated keys lie in a file that whoever opened the port to a network may never have looked at. */
function assertKeysWereSetForOpenHost({ host, keys }: StackConfig): void {
  if (isLoopback(host)) return;
  const missing = keyKinds.filter((kind) => keys[kind] === undefined);
  if (missing.length === 0) return;
  const names = missing.map((kind) => `THROUGHLINE_${kind.toUpperCase()}_KEY`);
  throw new SettingsError(
    `THROUGHLINE_HOST=${host} opens the services to others, which needs keys that were set, not generated. ` +
      `Set ${names.join(', ')} (at least 128 random bits each), or keep THROUGHLINE_HOST=127.0.0.1.`,
  );
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
