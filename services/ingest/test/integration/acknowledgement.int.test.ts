import { connect } from 'node:net';
import { AppError, topics } from '@throughline/contracts';
import type { EventLog, OutgoingRecord } from '@throughline/event-log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

/** A log in front of the real one that can be held back, or be gone. */
class Gate {
  mode: 'open' | 'held' | 'broken' | 'full' = 'open';
  calls: OutgoingRecord[][] = [];
  readonly waiting: (() => void)[] = [];

  wrap(log: EventLog): EventLog {
    return {
      ...log,
      append: async (records) => {
        this.calls.push([...records]);
        if (this.mode === 'broken') throw new Error('connect ECONNREFUSED 127.0.0.1:5432');
        if (this.mode === 'full') throw new AppError('overloaded', 'the buffer is full');
        if (this.mode === 'held') await new Promise<void>((resolve) => this.waiting.push(resolve));
        await log.append(records);
      },
    };
  }

  release(): void {
    this.mode = 'open';
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

const gate = new Gate();
let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer({
    wrapLog: (log) => gate.wrap(log),
    // Of these one kind of sender may hold three quarters.
    limits: { maxBytesInFlight: 140_000 },
  });
});
afterAll(() => server.stop());

const item = (messageId: string) => ({ type: 'track', event: 'E', userId: 'u', messageId });

/** The answer to a request whose announced body never comes. */
function headOnly(requestLine: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      const headers = [
        'Host: localhost',
        `Authorization: Bearer ${testKeys.server}`,
        'Content-Length: 400000',
      ];
      socket.write([`${requestLine} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
    });
    socket.on('error', reject);
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer.toString());
    });
  });
}

describe('an acknowledgement', () => {
  test('waits until the log has the records, accepted and rejected in one append', async () => {
    gate.mode = 'held';
    gate.calls = [];
    let answered = false;
    const sent = server.post('/v1/touchpoints', [item('held'), { type: 'track' }]).then((answer) => {
      answered = true;
      return answer;
    });
    await until(() => gate.waiting.length === 1);
    expect(answered).toBe(false);
    gate.release();
    expect((await sent).json).toMatchObject({ accepted: 1, rejected: [{ index: 1 }] });
    expect(gate.calls.map((records) => records.map(({ topic }) => topic))).toEqual([
      [topics.touchpoints, topics.rejected],
    ]);
    expect(gate.calls[0]?.[0]?.key).toBe('user_id:u');
  });

  test.each([
    ['broken', 'log_unavailable'],
    ['full', 'overloaded'],
  ] as const)('is not given when the log is %s: 503 with Retry-After', async (mode, code) => {
    gate.mode = mode;
    for (const path of ['/v1/touchpoints', '/v1/track']) {
      const answer = await server.post(path, item('lost'));
      expect(answer).toMatchObject({ status: 503, json: { code } });
      expect(answer.headers.get('retry-after')).toBe('30');
      expect(answer.text).not.toContain('ECONNREFUSED');
    }
    gate.mode = 'open';
    // After a failure nothing is taken for a moment.
    await until(async () => (await server.post('/v1/track', item('found'))).status === 200);
    const ids = (await server.records(topics.touchpoints)).map(({ touchpoint }) => touchpoint.id);
    expect(ids).toContain('found');
    expect(ids).not.toContain('lost');
  });

  test('is refused before the body is read, while the log is away', async () => {
    gate.mode = 'broken';
    await until(async () => (await server.post('/v1/track', item('lost'))).json.code === 'log_unavailable');
    const refused = await headOnly('POST /v1/batch');
    expect(refused).toMatch(/^HTTP\/1\.1 503 /);
    expect(refused).toMatch(/retry-after: 30/i);
    expect(refused).toContain('log_unavailable');
    const preflight = await fetch(`${server.url}/v1/batch`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect((await server.get(`/v1/projects/${testKeys.write}/settings`)).status).toBe(200);
    gate.mode = 'open';
    await until(async () => (await server.post('/v1/track', item('back'))).status === 200);
  });

  test('is refused at once while too many bytes are in flight, and accepted afterwards', async () => {
    gate.mode = 'held';
    const large = { ...item('large'), properties: { note: 'x'.repeat(30_000) } };
    const held = [1, 2, 3].map(() => server.post('/v1/track', large));
    await until(() => gate.waiting.length === 3);
    const refused = await server.post('/v1/track', large);
    expect(refused).toMatchObject({ status: 503, json: { code: 'overloaded' } });
    expect(refused.headers.get('retry-after')).toBe('30');
    gate.release();
    for (const answer of await Promise.all(held)) expect(answer.status).toBe(200);
    expect((await server.post('/v1/track', large)).status).toBe(200);
  });

  test('is free again after clients that went away in the middle', async () => {
    for (let attempt = 0; attempt < 10; attempt++) {
      await new Promise<void>((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => {
          socket.write('POST /v1/track HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n');
          socket.write('x'.repeat(50_000), () => {
            socket.destroy();
            resolve();
          });
        });
      });
    }
    await until(async () => (await server.post('/v1/track', item('after'))).status === 200);
  });
});

describe('a stop', () => {
  test('finishes the requests in flight', async () => {
    const own = new Gate();
    const stopping = await startIngestServer({ wrapLog: (log) => own.wrap(log) });
    own.mode = 'held';
    const sent = stopping.post('/v1/track', item('last'));
    await until(() => own.waiting.length === 1);
    const stopped = stopping.stop();
    own.release();
    expect((await sent).status).toBe(200);
    await stopped;
    await expect(fetch(`${stopping.url}/livez`)).rejects.toThrow();
  });
});
