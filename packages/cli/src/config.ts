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
  /** What of the environment or of `keys.json` is wrong; only `doctor` runs with such. */
  faults: readonly ConfigFault[];
  /** Whether a line can be drawn over itself where there is a terminal. */
  canRedraw: boolean;
}

export interface ConfigFault {
  /** The variable, or the file. */
  of: string;
  message: string;
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

/** What is wrong is left out and named in `faults`, never with a key. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): CliConfig {
  const faults: ConfigFault[] = [];
  const attempt = <T>(of: string, part: () => T, otherwise: T): T => {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push({ of, message: error.message });
      return otherwise;
    }
  };
  // An empty variable is how shells say "not set".
  const read = (name: string): string | undefined => environment[name] || undefined;
  const home = path.resolve(read('THROUGHLINE_HOME') ?? path.join(checkout, '.throughline'));
  const keysFile = path.join(home, 'keys.json');
  const kept = attempt(keysFile, () => readKeysFile(keysFile), {});
  const host = reachableHost(read('THROUGHLINE_HOST') ?? '127.0.0.1');
  const url = (service: ServiceName): string => {
    const name = portVariable(service);
    const byDefault = defaultPorts[service];
    return `http://${host}:${attempt(name, () => parsePort(read(name) ?? byDefault, name), byDefault)}`;
  };
  const key = (kind: CliKeyKind): string | undefined => {
    const name = `THROUGHLINE_${kind.toUpperCase()}_KEY`;
    return attempt(name, () => checkKey(read(name), name), undefined) ?? kept[kind];
  };
  return {
    urls: { ingest: url('ingest'), identity: url('identity'), metrics: url('metrics') },
    keys: { write: key('write'), server: key('server'), read: key('read'), admin: key('admin') },
    keysFile,
    home,
    environment,
    directory: callersDirectory(read('INIT_CWD')),
    canRedraw: read('TERM') !== 'dumb',
    faults,
  };
}

function parsePort(text: string | number, name: string): number {
  const port = z.coerce.number().int().min(1).max(65_535).safeParse(text);
  if (port.success) return port.data;
  throw new UsageError(`${name} is not a port`);
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
