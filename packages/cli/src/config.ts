/** The environment of the command, read once: where the services are, and the keys that open them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultPorts, portVariable, type ServiceName } from '@throughline/contracts';
import { z } from 'zod';

const checkout = path.resolve(import.meta.dirname, '../../..');

type CliKeyKind = 'write' | 'server' | 'read' | 'admin';

export interface CliConfig {
  urls: Readonly<Record<ServiceName, string>>;
  /** Those of the environment, else of `keys.json` in the home. */
  keys: Readonly<Record<CliKeyKind, string | undefined>>;
  keysFile: string;
  /** Absolute path of the data directory of the embedded mode. */
  home: string;
  /** What a service started from here would be given. */
  environment: Readonly<NodeJS.ProcessEnv>;
  /** Relative paths are resolved against it. */
  directory: string;
  /** Whether a line can be drawn over itself where there is a terminal. */
  canRedraw: boolean;
}

/** What is given does not allow the command to run; the message is for the person at the terminal. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

const keysSchema = z.object({
  write: z.string().optional(),
  server: z.string().optional(),
  read: z.string().optional(),
  admin: z.string().optional(),
});

/** @throws UsageError naming the variable or the file, never a key */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  // An empty variable is how shells say "not set".
  const read = (name: string): string | undefined => environment[name] || undefined;
  const home = path.resolve(read('THROUGHLINE_HOME') ?? path.join(checkout, '.throughline'));
  const keysFile = path.join(home, 'keys.json');
  const kept = readKeysFile(keysFile);
  const host = reachableHost(read('THROUGHLINE_HOST') ?? '127.0.0.1');
  const url = (service: ServiceName): string => {
    const name = portVariable(service);
    const port = z.coerce
      .number()
      .int()
      .min(1)
      .max(65_535)
      .safeParse(read(name) ?? defaultPorts[service]);
    if (!port.success) throw new UsageError(`${name} is not a port`);
    return `http://${host}:${port.data}`;
  };
  return {
    urls: { ingest: url('ingest'), identity: url('identity'), metrics: url('metrics') },
    keys: {
      write: checkKey(read('THROUGHLINE_WRITE_KEY'), 'THROUGHLINE_WRITE_KEY') ?? kept.write,
      server: checkKey(read('THROUGHLINE_SERVER_KEY'), 'THROUGHLINE_SERVER_KEY') ?? kept.server,
      read: checkKey(read('THROUGHLINE_READ_KEY'), 'THROUGHLINE_READ_KEY') ?? kept.read,
      admin: checkKey(read('THROUGHLINE_ADMIN_KEY'), 'THROUGHLINE_ADMIN_KEY') ?? kept.admin,
    },
    keysFile,
    home,
    environment,
    directory: callersDirectory(read('INIT_CWD')),
    canRedraw: read('TERM') !== 'dumb',
  };
}

/**
 * What cannot stand in a header would be refused by the HTTP client in an error that shows it.
 *
 * @throws UsageError naming where it is from, never the key
 */
export function checkKey(key: string | undefined, from: string): string | undefined {
  const trimmed = key?.trim();
  if (trimmed !== undefined && !/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new UsageError(`${from} is no key: it is empty or has characters that no key has`);
  }
  return trimmed;
}

/** pnpm runs its scripts in the checkout, and says where it was called. */
function callersDirectory(initial: string | undefined): string {
  const current = process.cwd();
  return initial !== undefined && current === checkout ? initial : current;
}

/** A service that listens on every address is reached on the loopback one. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function readKeysFile(file: string): Partial<CliConfig['keys']> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  try {
    const { write, server, read, admin } = keysSchema.parse(JSON.parse(text));
    return {
      write: checkKey(write, 'write'),
      server: checkKey(server, 'server'),
      read: checkKey(read, 'read'),
      admin: checkKey(admin, 'admin'),
    };
  } catch {
    // Never with the file's text: it holds keys.
    throw new UsageError(`${file} cannot be read as keys`);
  }
}
