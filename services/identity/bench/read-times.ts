/** How long the service itself takes to answer, asked over HTTP by one caller at a time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { benchSecret } from './open-bench.ts';

const adminKey = 'ak_bench_0123456789abcdef0123456789abcdef';

/** On the database of the bench. */
export async function startReading(): Promise<{ url: string; stop(): Promise<void> }> {
  const child = fork(join(import.meta.dirname, '../src/main.ts'), {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: process.env['DATABASE_URL'],
      THROUGHLINE_IDENTITY_PORT: '0',
      THROUGHLINE_IDENTITY_SECRET: benchSecret,
      THROUGHLINE_ADMIN_KEY: adminKey,
      THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'true',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`identity ended with ${code}`)));
    lines.on('line', (line) => {
      const { event, url: address } = JSON.parse(line) as { event?: string; url?: string };
      if (event === 'service.started' && address !== undefined) resolve(address);
    });
  });
  return {
    url,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Of `count` questions, each for a path of its own. @throws when one is not answered 200 */
export async function readTimes(url: string, nextPath: () => string, count: number): Promise<string> {
  const times: number[] = [];
  for (let read = 0; read < count; read += 1) {
    const path = nextPath();
    const begun = performance.now();
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${adminKey}` } });
    await response.text();
    if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`);
    times.push(performance.now() - begun);
  }
  times.sort((left, right) => left - right);
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => times[Math.floor(count * share)] ?? 0);
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}
