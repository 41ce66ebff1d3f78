/** The settings that every service has; a service's own `config.ts` adds its own to them. */
import { defaultPorts, portVariable, type ServiceName, type KeyKind } from '@throughline/contracts';
import { z } from 'zod';
import { parseHttpConfig, type HttpConfig } from './http-config.ts';
import { parseKafka, type KafkaSettings } from './kafka-config.ts';
import type { BootstrapKeys } from './key-ring.ts';
import {
  ConfigError,
  parseKeys,
  parseListen,
  parseLogLevel,
  parseVariable,
  type Environment,
  type ListenConfig,
} from './listen-config.ts';
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

/** @throws ConfigError naming the variable */
export function parseServiceConfig(
  environment: Environment,
  { service, needsOneOf }: ServiceConfigOptions,
): ServiceConfig {
  const keys = parseKeys(environment);
  if (needsOneOf.every((kind) => keys[kind] === undefined)) {
    const names = needsOneOf.map((kind) => `THROUGHLINE_${kind.toUpperCase()}_KEY`).join(' or ');
    throw new ConfigError(`${names} must be set: without it ${service} would refuse every request`);
  }
  return {
    databaseUrl: parseVariable(
      environment,
      'DATABASE_URL',
      z.string({ error: 'must be set, such as postgres://user@host:5432/throughline' }).min(1),
    ),
    kafka: parseKafka(environment),
    listen: parseListen(environment, {
      portVariable: portVariable(service),
      defaultPort: defaultPorts[service],
    }),
    http: parseHttpConfig(environment),
    keys,
    logLevel: parseLogLevel(environment),
    allowNonDurableDatabase:
      parseVariable(
        environment,
        allowNonDurableVariable,
        z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
      ) === 'true',
    stallSeconds: parseStallSeconds(environment),
    rejectedRetentionDays: parseVariable(
      environment,
      'THROUGHLINE_REJECTED_RETENTION_DAYS',
      z.coerce.number().int().min(1).max(36_500).default(90),
    ),
    tracing: parseTracing(environment),
  };
}
