/** Senders that mean to shut ingest, on a service with small budgets: honest requests must pass all the while. */
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { topics } from '@throughline/contracts';
import type { EventLog } from '@throughline/event-log';
import { afterEach, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

const opened: { sockets: Socket[]; servers: IngestServer[] } = { sockets: [], servers: [] };

afterEach(async () => {
  for (const socket of opened.sockets.splice(0)) socket.destroy();
  await Promise.all(opened.servers.splice(0).map((server) => server.stop()));
});

async function start(options: Parameters<typeof startIngestServer>[0] = {}): Promise<IngestServer> {
  const server = await startIngestServer(options);
  opened.servers.push(server);
  return server;
}

interface RawConnection {
  socket: Socket;
  /** All that the server has sent. */
  received: () => string;
  isClosed: () => boolean;
}

function open(server: IngestServer, text: string): RawConnection {
  const socket = connect(server.port, '127.0.0.1');
  opened.sockets.push(socket);
  let received = '';
  let closed = false;
  socket.on('data', (chunk) => (received += chunk.toString()));
  socket.on('close', () => (closed = true));
  socket.on('error', () => {});
  socket.write(text);
  return { socket, received: () => received, isClosed: () => closed };
}

function head(path: string, length: number, key: string | null = testKeys.write): string {
  const authorization = key === null ? [] : [`Authorization: Bearer ${key}`];
  return [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    ...authorization,
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    '',
    '',
  ].join('\r\n');
}

const touchpoint = (id: string) => ({ type: 'track', event: 'Seen', id, userId: 'honest' });
const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);

describe('bodies that never end', () => {
  test.each([
    ['without a key', null],
    ['with the public key', testKeys.write],
  ])('%s, do not keep others from sending', async (_name, key) => {
    const server = await start({ limits: { maxBytesInFlight: 1024 * 1024, requestTimeoutMs: 20_000 } });
    const part = '{"batch":["'.padEnd(90_000, 'x');
    const slow = Array.from({ length: 30 }, () => open(server, head('/v1/batch', 100_000, key) + part));
    // Thirty times 90 KB are more than the budget: some have to give way.
    await until(() => slow.some(({ received }) => received().includes('overloaded')));
    const honest = await Promise.all(
      Array.from({ length: 20 }, (_, number) => server.post('/v1/touchpoints', touchpoint(`t${number}`))),
    );
    expect(honest.map(({ status }) => status)).toEqual(honest.map(() => 200));
    expect(slow.some(({ received }) => received() === '')).toBe(true);
  });

  test('give way with a 503 that says when to come back, on a connection that then closes', async () => {
    const server = await start({ limits: { maxBytesInFlight: 200_000, requestTimeoutMs: 20_000 } });
    const part = '{"batch":["'.padEnd(90_000, 'x');
    const slow = Array.from({ length: 4 }, () => open(server, head('/v1/batch', 100_000) + part));
    await until(() => slow.some(({ isClosed }) => isClosed()));
    const text = slow.find(({ isClosed }) => isClosed())?.received() ?? '';
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect(text).toMatch(/retry-after: \d+/i);
    expect(text).toMatch(/connection: close/i);
  });

  test('a small body that inflates to more than the request may hold is a 413', async () => {
    const server = await start();
    const answer = await server.post('/v1/batch', gzipSync(Buffer.alloc(20_000_000, ' ')), {
      raw: true,
      headers: { 'content-encoding': 'gzip' },
    });
    expect(answer).toMatchObject({ status: 413, json: { code: 'payload_too_large' } });
  });
});

describe('one large valid batch passes', () => {
  test('at the limit of a request, and an import at its own', async () => {
    const server = await start();
    const filler = 'x'.repeat(19_000);
    const batch = (count: number) => ({
      batch: Array.from({ length: count }, (_, number) => ({
        ...touchpoint(`b${count}-${number}`),
        properties: { filler },
      })),
    });
    expect(await server.post('/v1/batch', batch(27))).toMatchObject({ status: 200, json: { rejected: [] } });
    expect(await server.post('/v1/import', batch(270))).toMatchObject({
      status: 200,
      json: { rejected: [] },
    });
  });
});

describe('rejects as large as a request', () => {
  test('are all kept and read back, many of them at a time', async () => {
    const server = await start();
    const quotes = `{"type":"track","event":"x","userId":"u","properties":{"v":"${'\\"'.repeat(200_000)}"}}`;
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => server.post('/v1/touchpoints', quotes, { raw: true })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await until(async () => {
      const { rows } = await server.pool.query<{ kept: number }>(
        'select count(*)::int as kept from ingest.rejected_touchpoint where length(body) > 400000',
      );
      return rows[0]?.kept === answers.length;
    });
  });
});

describe('a request followed by garbage on the same connection', () => {
  /** A log that takes its time, so that the garbage is there before the answer. */
  function slowLog(log: EventLog): { log: EventLog; release: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    return {
      log: {
        ...log,
        append: async (records) => {
          await promise;
          await log.append(records);
        },
      },
      release: resolve,
    };
  }

  test('is answered first, and then the garbage is refused', async () => {
    let release = (): void => {};
    const server = await start({
      wrapLog: (log) => {
        const slow = slowLog(log);
        release = slow.release;
        return slow.log;
      },
    });
    const body = JSON.stringify(touchpoint('piped'));
    const request = head('/v1/touchpoints', body.length) + body;
    const connection = open(server, `${request}${request}\x01\x02 garbage\r\n\r\n`);
    await until(() => server.logged().some((line) => line.includes('request.refused')));
    connection.socket.write('more garbage');
    expect(connection.received()).toBe('');
    release();
    await until(() => connection.isClosed());
    expect(statusesOf(connection.received())).toEqual(['200', '200', '400']);
    expect(await server.records(topics.touchpoints)).toHaveLength(2);
  });

  test('garbage in the body of the request itself is a 400 at once', async () => {
    const server = await start();
    const chunked = head('/v1/touchpoints', 0).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
    const connection = open(server, `${chunked}5\r\n{"a":\r\nnonsense\r\n`);
    await until(() => connection.isClosed());
    expect(statusesOf(connection.received())).toEqual(['400']);
  });
});

describe('an ingest whose clock is wrong', () => {
  test('accepts nothing, says so in every place, and resumes by itself', async () => {
    let skewMs = 3_600_000;
    const server = await start({ clock: { now: () => Date.now() + skewMs, intervalMs: 20 } });
    const refused = await server.post('/v1/touchpoints', touchpoint('late'));
    expect(refused).toMatchObject({ status: 503, json: { code: 'clock_skewed' } });
    expect(refused.json.detail).toContain('3600 s ahead of');
    expect(await server.get('/readyz')).toMatchObject({ status: 503, json: { failed: ['clock'] } });
    expect(server.logged().join('')).toContain('clock.skewed');
    expect(await server.records(topics.touchpoints)).toEqual([]);
    skewMs = 0;
    await until(async () => (await server.post('/v1/touchpoints', touchpoint('late'))).status === 200);
    expect((await server.get('/readyz')).status).toBe(200);
  });
});
