import { describe, expect, test } from 'vitest';
import { createRetryFetch } from '../src/index.ts';

type Step = (request: Request) => Promise<Response> | Response;

/** Answers by the steps in order; what was sent is kept. */
function createServer(...steps: Step[]) {
  const sent: { method: string; body: string }[] = [];
  const fetch = async (input: string | URL | Request): Promise<Response> => {
    const request = input as Request;
    sent.push({ method: request.method, body: await request.text() });
    const step = steps[sent.length - 1];
    if (step === undefined) throw new Error('one request too many');
    return await step(request);
  };
  return { sent, fetch };
}

const answer =
  (status: number, headers: Record<string, string> = {}): Step =>
  () =>
    new Response('', { status, headers });
const fail: Step = () => {
  throw new TypeError('fetch failed');
};
const call = async (method: string, steps: Step[], over: object = {}) => {
  const server = createServer(...steps);
  const send = createRetryFetch({ firstWaitMs: 1, ...over, fetch: server.fetch });
  const init = method === 'POST' ? { method, body: '{"a":1}' } : { method };
  const status = await send('http://localhost/x', init).then(
    (response) => response.status,
    (error: unknown) => (error as Error).message,
  );
  return { status, sent: server.sent };
};

describe('a request is sent again', () => {
  test.each([429, 503])('with its body, whatever its method, after %i', async (status) => {
    const { status: last, sent } = await call('POST', [
      answer(status, { 'retry-after': '0' }),
      answer(status),
      answer(200),
    ]);
    expect(last).toBe(200);
    expect(sent).toEqual(Array.from({ length: 3 }, () => ({ method: 'POST', body: '{"a":1}' })));
  });

  test.each(['GET', 'PUT', 'DELETE'])(
    'as a %s also after 502, 504 and a failed connection',
    async (method) => {
      const { status, sent } = await call(method, [answer(502), answer(504), fail, answer(200)]);
      expect([status, sent.length]).toEqual([200, 4]);
    },
  );

  test('not as a POST after what may have been done', async () => {
    expect(await call('POST', [answer(502)])).toMatchObject({ status: 502 });
    expect(await call('POST', [fail])).toMatchObject({ status: 'fetch failed' });
  });

  test('not after an answer that another try does not change', async () => {
    for (const status of [200, 304, 400, 401, 404, 409, 410, 500]) {
      expect(
        await call('GET', [status === 304 ? () => new Response(null, { status }) : answer(status)]),
      ).toMatchObject({ status });
    }
  });

  test('five times at most, and as often as was said', async () => {
    expect(
      await call(
        'GET',
        Array.from({ length: 5 }, () => answer(503)),
      ),
    ).toMatchObject({ status: 503 });
    expect((await call('GET', [answer(503), answer(503)], { attempts: 2 })).sent).toHaveLength(2);
  });

  test('not when the service asks for more patience than there is', async () => {
    expect((await call('GET', [answer(429, { 'retry-after': '3600' })])).sent).toHaveLength(1);
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    expect((await call('GET', [answer(429, { 'retry-after': inAnHour })])).sent).toHaveLength(1);
  });

  test('not after the caller has given up', async () => {
    const giving = new AbortController();
    const server = createServer(() => {
      giving.abort();
      return new Response('', { status: 503, headers: { 'retry-after': '30' } });
    });
    const send = createRetryFetch({ fetch: server.fetch });
    await expect(send('http://localhost/x', { signal: giving.signal })).rejects.toThrow(/aborted/);
  });
});
