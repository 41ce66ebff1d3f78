import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Batch } from '../../src/core/build-batches.ts';
import { sendBatch } from '../../src/replay/send-batch.ts';

const batch: Batch = {
  items: [{ id: 'a', row: 1, line: 2, json: '{"id":"a"}' }],
  failures: [],
  skipped: 0,
  end: null,
};

let close: () => void = () => {};
afterEach(() => close());

/** Answers the first requests as given, every later one with an acknowledgement. */
async function startServer(answers: ((request: IncomingMessage, response: ServerResponse) => void)[]) {
  const bodies: string[] = [];
  const times: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      bodies.push(body);
      times.push(performance.now());
      const answer = answers.shift();
      if (answer === undefined) response.end(JSON.stringify({ accepted: 1, rejected: [] }));
      else answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, times };
}

const optionsFor = (url: string) => ({
  ingestUrl: url,
  key: 'sk_test',
  patienceMs: 20_000,
  stopping: new AbortController().signal,
  onWaiting: () => {},
});

describe('a batch', () => {
  test('is sent again, the same to the byte, after a dropped connection and no sooner than a 503 asks for', async () => {
    const { url, bodies, times } = await startServer([
      (request) => request.socket.destroy(),
      (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end('{"code":"overloaded"}'),
    ]);
    expect(await sendBatch(batch, optionsFor(url))).toEqual({
      kind: 'acknowledged',
      accepted: 1,
      rejected: [],
    });
    expect(bodies).toEqual(['[{"id":"a"}]', '[{"id":"a"}]', '[{"id":"a"}]']);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test('is given up when its time is over, with the last reason', async () => {
    const always = Array.from({ length: 20 }, () => (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(503).end('{"code":"log_unavailable"}');
    });
    const { url } = await startServer(always);
    const outcome = await sendBatch(batch, { ...optionsFor(url), patienceMs: 500 });
    expect(outcome).toMatchObject({ kind: 'stop' });
    if (outcome.kind === 'stop') expect(outcome.why).toContain('503 (log_unavailable)');
  });

  test('never follows to where it was not meant to go', async () => {
    const { url, bodies } = await startServer([
      (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end(),
    ]);
    expect(await sendBatch(batch, optionsFor(url))).toMatchObject({ kind: 'stop' });
    expect(bodies).toHaveLength(1);
  });

  test('does not wait for its next attempt when it is to stop', async () => {
    const stopping = new AbortController();
    const { url } = await startServer([
      (_request, response) => {
        response.writeHead(503, { 'retry-after': '3600' }).end();
        stopping.abort();
      },
    ]);
    const options = { ...optionsFor(url), patienceMs: 86_400_000, stopping: stopping.signal };
    expect(await sendBatch(batch, options)).toEqual({ kind: 'given_up' });
  });
});
