/** Services as processes of their own, which can be killed and started again on the same port, and the command beside them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ServiceName } from '@throughline/contracts';
import { childEnvironment, until as untilHolds } from '@throughline/testkit';

const checkout = path.resolve(import.meta.dirname, '../../../..');

export const keys = {
  THROUGHLINE_WRITE_KEY: 'wk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_SERVER_KEY: 'sk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_READ_KEY: 'rk_test_0123456789abcdef0123456789abcdef',
  THROUGHLINE_ADMIN_KEY: 'ak_test_0123456789abcdef0123456789abcdef',
} as const;

export interface ServiceProcess {
  url: string;
  kill(): Promise<void>;
}

/** Resolves when it is ready. */
export async function startService(
  name: ServiceName,
  databaseUrl: string,
  port: number,
  environment: Record<string, string> = {},
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [path.join(checkout, `services/${name}/src/main.ts`)], {
    env: {
      ...keys,
      ...childEnvironment(),
      DATABASE_URL: databaseUrl,
      THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
      THROUGHLINE_IDENTITY_SECRET: 'a-secret-for-tests-only-0123456789',
      [`THROUGHLINE_${name.toUpperCase()}_PORT`]: String(port),
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
      return await fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  } catch (error) {
    await killProcess(child);
    throw error;
  }
  return { url, kill: () => killProcess(child) };
}

async function killProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

export interface RunningCommand {
  child: ChildProcess;
  /** What it has said so far, on both streams. */
  said(): string;
  /** Its exit code; null when a signal ended it. */
  ended: Promise<number | null>;
}

/** The command as a user runs it; `environment` besides the keys. */
export function startCommand(
  argv: readonly string[],
  environment: Record<string, string> = keys,
): RunningCommand {
  const child = spawn(process.execPath, [path.join(checkout, 'packages/cli/src/main.ts'), ...argv], {
    env: { ...childEnvironment(), THROUGHLINE_HOME: '/nonexistent', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)));
  return {
    child,
    said: () => said.join(''),
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** Polls until it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  await untilHolds('the condition holds', holds);
}
