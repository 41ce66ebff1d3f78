/** The settings that every service has; a service's own `config.ts` adds its own to them. */
import { defaultPorts, portVariable, type ServiceName, type KeyKind } from '@throughline/contracts';
import { z } from 'zod';
import { parseHttpConfig, type HttpConfig } from './http-config.ts';
import { parseKafka, type KafkaSettings } from './kafka-config.ts';
import { ConfigError } from './config-error.ts';
import type { BootstrapKeys } from './key-ring.ts';
import {
  parseKeys,
  parseListen,
  parseLogLevel,
  parseVariable,
  type Environment,
  type ListenConfig,
} from './listen-config.ts';
import { parseEach } from './parse-each.ts';
import { parseStallSeconds } from './stall-config.ts';
import { parseTracing, type TracingConfig } from './tracing/tracing-config.ts';

export const allowNonDurableVariable = 'THROUGHLINE_ALLOW_NON_DURABLE_DATABASE';

export interface ServiceConfig {
  databaseUrl: string;
  /** Undefined for the log in Postgres. */
  kafka: KafkaSettings | undefined;
  listen: ListenConfig;
  http: HttpConfig;
  keys: BootstrapKeys;
  logLevel: string;
  /** Whether to start on a Postgres that may lose acknowledged touchpoints when its machine fails. */
  allowNonDurableDatabase: boolean;
  /** A consumer whose offset does not advance for this long, with records pending, is stalled. */
  stallSeconds: number;
  /** Days that rejected items, conflicts and dead letters are kept, in every service. */
  rejectedRetentionDays: number;
  /** Null: no spans are recorded. */
  tracing: TracingConfig | null;
}

export interface ServiceConfigOptions {
  service: ServiceName;
  /** Kinds of keys of which at least one must be set: with none of them the service would refuse every request. */
  needsOneOf: readonly KeyKind[];
}

/** @throws ConfigError naming each variable that is wrong */
export function parseServiceConfig(
  environment: Environment,
  { service, needsOneOf }: ServiceConfigOptions,
): ServiceConfig {
  return parseEach<ServiceConfig>({
    databaseUrl: () =>
      parseVariable(
        environment,
        'DATABASE_URL',
        z.string({ error: 'must be set, such as postgres://user@host:5432/throughline' }).min(1),
      ),
    kafka: () => parseKafka(environment),
    listen: () =>
      parseListen(environment, {
        portVariable: portVariable(service),
        defaultPort: defaultPorts[service],
      }),
    http: () => parseHttpConfig(environment),
    keys: () => parseKeysOf(service, environment, needsOneOf),
    logLevel: () => parseLogLevel(environment),
    allowNonDurableDatabase: () =>
      parseVariable(
        environment,
        allowNonDurableVariable,
        z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
      ) === 'true',
    stallSeconds: () => parseStallSeconds(environment),
    rejectedRetentionDays: () =>
      parseVariable(
        environment,
        'THROUGHLINE_REJECTED_RETENTION_DAYS',
        z.coerce
          .number({ error: 'must be a number of days from 1 to 36500' })
          .int()
          .min(1)
          .max(36_500)
          .default(90),
      ),
    tracing: () => parseTracing(environment),
  });
}

function parseKeysOf(
  service: ServiceName,
  environment: Environment,
  needsOneOf: readonly KeyKind[],
): BootstrapKeys {
  const keys = parseKeys(environment);
  if (needsOneOf.some((kind) => keys[kind] !== undefined)) return keys;
  const names = needsOneOf.map((kind) => `THROUGHLINE_${kind.toUpperCase()}_KEY`).join(' or ');
  throw new ConfigError(`${names} must be set: without it ${service} would refuse every request`);
}
