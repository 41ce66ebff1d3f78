/** The services as a reader of the documents has them, on ports of their own, and a shell that runs what a document shows. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment, createTestDatabase } from '@throughline/testkit';

const checkout = path.resolve(import.meta.dirname, '../../..');
const services = ['ingest', 'identity', 'metrics'] as const;
const documentedPorts = { ingest: '8080', identity: '8081', metrics: '8082' } as const;

const keys = {
  THROUGHLINE_WRITE_KEY: 'wk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_SERVER_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_READ_KEY: 'rk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_ADMIN_KEY: 'ak_test_0123456789abcdef0123456789abcdef',
};

export interface Snippet {
  command: string;
  /** Texts that have to be in what it says, in this order. */
  expected: readonly string[];
}

/** Blocks that are run elsewhere, or cannot be: they start the product or its tests, run a file of it, or leave something out. */
const runElsewhere = /^(npx -y pnpm@12|node |pnpm (--filter|bench)\b)|…/m;

/** The `sh` blocks of a document, each with the `text` block behind it. */
export function snippetsOf(document: string): Snippet[] {
  const text = readFileSync(path.join(checkout, document), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?/gms)]
    .filter(([, command = '']) => !runElsewhere.test(command))
    .map(([, command = '', expected = '']) => ({
      command,
      expected: expected.split('\n').filter((line) => line !== ''),
    }));
}

export interface DocumentedStack {
  /** What the commands say; throws where one of them fails. */
  run(command: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startDocumentedStack(): Promise<DocumentedStack> {
  const database = await createTestDatabase();
  const directory = mkdtempSync(path.join(tmpdir(), 'throughline-docs-'));
  const children: ChildProcess[] = [];
  const ports: Record<string, string> = {};
  for (const name of services) {
    const child = fork(path.join(checkout, `services/${name}/src/main.ts`), {
      env: {
        ...keys,
        ...childEnvironment(),
        DATABASE_URL: database.connectionString,
        THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
        THROUGHLINE_IDENTITY_SECRET: 'a-secret-for-tests-only-0123456789',
        [`THROUGHLINE_${name.toUpperCase()}_PORT`]: '0',
        ...urlsOf(ports),
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    children.push(child);
    ports[name] = await portOf(child);
  }
  keepKeys(path.join(directory, '.throughline'));
  const environment = { ...keys, ...childEnvironment(), HOME: directory, THROUGHLINE_HOME: directory };
  return {
    async run(command) {
      let script = command;
      for (const name of services) {
        script = script.replaceAll(`127.0.0.1:${documentedPorts[name]}`, `127.0.0.1:${ports[name]}`);
      }
      const cli = path.join(checkout, 'packages/cli/src/main.ts');
      // A refusal fails the command, also where the page shows no -f.
      const prelude = `set -euo pipefail
curl() { command curl -f "$@"; }
pnpm() { [ "$1" != --silent ] || shift; shift; '${process.execPath}' '${cli}' "$@"; }`;
      const child = spawn('bash', ['-c', `${prelude}\n${script}`], {
        cwd: directory,
        env: {
          ...environment,
          ...Object.fromEntries(
            services.map((name) => [`THROUGHLINE_${name.toUpperCase()}_PORT`, ports[name]]),
          ),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`it ended with ${code}:\n${command}\n${said}`);
      return said;
    },
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          await ended;
        }),
      );
      await database.drop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** As `start` keeps those that it makes. */
function keepKeys(home: string): void {
  const byKind = Object.entries(keys).map(([name, key]) => [(name.split('_')[1] ?? '').toLowerCase(), key]);
  mkdirSync(home);
  writeFileSync(path.join(home, 'keys.json'), JSON.stringify(Object.fromEntries(byKind), null, 2));
}

/** Of the services that run already: an erasure in identity is done once ingest has done its part. */
function urlsOf(ports: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [
      `THROUGHLINE_${name.toUpperCase()}_URL`,
      `http://127.0.0.1:${port}`,
    ]),
  );
}

async function portOf(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${child.spawnargs.at(-1)} ended with ${code}`)));
    if (child.stdout === null) throw new Error('it has no output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { event, url } = JSON.parse(line) as { event?: string; url?: string };
      if (event === 'service.started') resolve(new URL(url ?? '').port);
    });
  });
}
