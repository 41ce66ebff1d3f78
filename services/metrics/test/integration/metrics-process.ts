/** The service as a process of its own, as a deployment runs it, to be asked over HTTP and to be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { childEnvironment, eventually as eventuallyOf } from '@throughline/testkit';

export const readKey = 'rk_test_0123456789abcdef0123456789abcdef';
export const adminKey = 'ak_test_0123456789abcdef0123456789abcdef';

export interface MetricsProcess {
  url: string;
  /** Lines of the log, parsed. */
  lines: Record<string, unknown>[];
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

export async function startMetricsProcess(
  connectionString: string,
  environment: Record<string, string> = {},
): Promise<MetricsProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', '..', 'src', 'main.ts')], {
    env: {
      ...childEnvironment(),
      DATABASE_URL: connectionString,
      THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
      THROUGHLINE_METRICS_PORT: '0',
      THROUGHLINE_READ_KEY: readKey,
      THROUGHLINE_ADMIN_KEY: adminKey,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      const added = parts.map((part) => JSON.parse(part) as Record<string, unknown>);
      lines.push(...added);
      const started = added.find(({ event }) => event === 'service.started');
      if (started !== undefined) resolve(String(started['url']));
    });
    child.once('exit', (code) => {
      const fatal = lines.find(({ level }) => level === 'fatal');
      reject(new Error(`exited with ${code}: ${JSON.stringify(fatal)}`));
    });
  });
  return {
    url,
    lines,
    kill: async () => {
      await end(child, 'SIGKILL');
    },
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
  return child.exitCode;
}

export async function askMetrics(
  { url }: { url: string },
  path: string,
  options: { method?: string; key?: string | null; accept?: string; body?: unknown } = {},
): Promise<{ status: number; headers: Headers; body: never; text: string }> {
  const { method = 'GET', key = readKey, accept = 'application/json', body } = options;
  const response = await fetch(`${url}/v1/metrics/${path}`, {
    method,
    headers: {
      accept,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (isJson ? JSON.parse(text) : null) as never,
  };
}

/** Polls until the function gives something. */
export async function eventually<T>(read: () => Promise<T | null>): Promise<T> {
  return await eventuallyOf('the answer that is waited for', read);
}
