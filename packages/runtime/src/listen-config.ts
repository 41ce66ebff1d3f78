/** What every service reads from its environment: where to listen, the keys, the level of its log. */
import { type KeyKind, keyKinds } from '@throughline/contracts';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import type { BootstrapKeys } from './key-ring.ts';
import { findKeyFault } from './key-ring.ts';
import { parseEach } from './parse-each.ts';

export interface ListenConfig {
  host: string;
  port: number;
  isLoopback: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** Reads a value with a schema. @throws ConfigError naming the variable */
export function parseVariable<T>(environment: Environment, name: string, schema: z.ZodType<T>): T {
  const raw = environment[name];
  // An empty variable is how compose files and shells say "not set".
  const result = schema.safeParse(raw === '' ? undefined : raw);
  if (result.success) return result.data;
  throw new ConfigError(`${name}: ${result.error.issues.map((issue) => issue.message).join('; ')}`);
}

/** @throws ConfigError with every key that is none */
export function parseKeys(environment: Environment): BootstrapKeys {
  const keys: Partial<Record<KeyKind, string>> = {};
  const problems: string[] = [];
  for (const kind of keyKinds) {
    const name = `THROUGHLINE_${kind.toUpperCase()}_KEY`;
    const key = environment[name];
    if (key === undefined || key === '') continue;
    const fault = findKeyFault(kind, key);
    if (fault === null) keys[kind] = key;
    else problems.push(`${name}: ${fault}`);
  }
  if (problems.length > 0) throw new ConfigError(...problems);
  return keys;
}

/**
 * `THROUGHLINE_HOST` and the port. A host other than loopback needs keys that an operator set: keys that the stack made
 * itself (it says so with `THROUGHLINE_KEYS_GENERATED=true`) are not known to be guarded.
 */
export function parseListen(
  environment: Environment,
  options: { portVariable: string; defaultPort: number },
): ListenConfig {
  const { host, port } = parseEach({
    host: () => parseHost(environment),
    port: () =>
      parseVariable(
        environment,
        options.portVariable,
        z.coerce
          .number({ error: 'must be a port, 0 to 65535' })
          .int()
          .min(0)
          .max(65_535)
          .default(options.defaultPort),
      ),
  });
  return { host, port, isLoopback: isLoopbackHost(host) };
}

function parseHost(environment: Environment): string {
  const host = parseVariable(environment, 'THROUGHLINE_HOST', z.string().max(255).default('127.0.0.1'));
  if (isLoopbackHost(host)) return host;
  const isGenerated = environment['THROUGHLINE_KEYS_GENERATED'] === 'true';
  if (isGenerated || Object.keys(parseKeys(environment)).length === 0) {
    throw new ConfigError(
      `THROUGHLINE_HOST: ${host} is reachable from other machines, so the keys must be set, not generated`,
    );
  }
  return host;
}

export function parseLogLevel(environment: Environment): string {
  return parseVariable(environment, 'LOG_LEVEL', z.enum(levels).default('info'));
}
