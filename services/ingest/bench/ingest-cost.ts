/**
 * What a touchpoint costs ingest in CPU, beside the ceiling of the same run: a bare fastify that parses the same bodies and
 * drops them. Client, server and database are processes of their own; only the server's CPU is counted.
 *
 * 2 Xeon cores shared with other work, Node 24, batches of 100, items of 0.9 KB (2026-11-21): bare fastify 4.2 µs, ingest on a
 * log in memory 14.6, on the Postgres log 20.4: 0.21 of the ceiling. Of it: deciding 6, hash 2, record text 2, JSON.parse 2.5.
 *
 *   DATABASE_URL=postgres://… node bench/ingest-cost.ts [--touchpoints 200000] [--batch 100] [--connections 8]
 */
import { fork, type ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    touchpoints: { type: 'string', default: '200000' },
    batch: { type: 'string', default: '100' },
    connections: { type: 'string', default: '8' },
  },
});
const touchpoints = Number(values.touchpoints);
const batchSize = Number(values.batch);
const connections = Number(values.connections);
const serverKey = 'sk_bench_0123456789abcdef0123456789abcdef';

export interface ServerReport {
  type: 'cpu';
  cpuUs: number;
  maxRssMiB: number;
}

/** About 1 KB, as a browser sends an order. */
function touchpointOf(index: number): object {
  return {
    type: 'track',
    event: 'Order Completed',
    userId: `user-${index % 50_000}`,
    anonymousId: `3f2a9c1e-0b7d-4c55-9a10-${String(index).padStart(12, '0')}`,
    messageId: `bench-${process.pid}-${Date.now()}-${index}`,
    timestamp: '2026-03-01T12:00:00.000Z',
    properties: {
      order_id: `order-${index}`,
      revenue: 12.5,
      currency: 'EUR',
      products: [
        { product_id: 'p1', sku: 'sku-1', name: 'A thing', price: 10.5, quantity: 1 },
        { product_id: 'p2', sku: 'sku-2', name: 'Another thing', price: 2, quantity: 1 },
      ],
    },
    context: {
      library: { name: 'analytics.js', version: '2.1.0' },
      page: {
        path: '/checkout',
        referrer: 'https://www.example.com/basket',
        title: 'Checkout',
        url: 'https://www.example.com/checkout',
      },
      userAgent:
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36',
      locale: 'de-DE',
      timezone: 'Europe/Berlin',
    },
  };
}

async function startServer(
  mode: 'drop' | 'memory' | 'postgres',
): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(path.join(import.meta.dirname, 'server.ts'), [mode, serverKey], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', () => reject(new Error(`the ${mode} server did not start`)));
  });
  return { child, port };
}

function post(agent: Agent, port: number, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      authorization: `Bearer ${serverKey}`,
    };
    const sent = request(
      { agent, port, host: '127.0.0.1', method: 'POST', path: '/v1/batch', headers },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function cpuOf(child: ChildProcess): Promise<ServerReport> {
  return await new Promise((resolve) => {
    child.once('message', (message) => resolve(message as ServerReport));
    child.send('cpu');
  });
}

async function measure(mode: 'drop' | 'memory' | 'postgres'): Promise<number> {
  const { child, port } = await startServer(mode);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let next = 0;
  const work = async (until: number): Promise<void> => {
    while (next < until) {
      const first = next;
      next += batchSize;
      const batch = Array.from({ length: batchSize }, (_, index) => touchpointOf(first + index));
      const status = await post(agent, port, Buffer.from(JSON.stringify({ batch })));
      if (status !== 200) throw new Error(`${mode} answered ${status}`);
    }
  };
  const warmUp = Math.ceil(touchpoints / 10);
  await Promise.all(Array.from({ length: connections }, () => work(warmUp)));
  const before = await cpuOf(child);
  const counted = next;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, () => work(warmUp + touchpoints)));
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await cpuOf(child);
  agent.destroy();
  child.disconnect();
  const done = next - counted;
  const cpuUs = (after.cpuUs - before.cpuUs) / done;
  console.log(
    `${mode.padEnd(9)} ${cpuUs.toFixed(2).padStart(7)} µs CPU a touchpoint, ${Math.round(done / seconds)}/s, peak ${after.maxRssMiB} MiB`,
  );
  return cpuUs;
}

const bare = await measure('drop');
const memory = await measure('memory');
console.log(
  `ingest on a log in memory takes ${(bare / memory).toFixed(2)} of what bare fastify could (as throughput)`,
);
if (process.env['DATABASE_URL'] !== undefined) {
  const whole = await measure('postgres');
  console.log(`ingest on the Postgres log: ${(bare / whole).toFixed(2)}`);
}
process.exit(0);
