/**
 * Sends requests of one kind: a process of its own, so that its work is in no figure. It gets one load as a message and answers
 * with the seconds that it took.
 */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Load, LoadResult } from './load.ts';
import { requestKinds, type RequestKind } from './request-kinds.ts';

const retryMs = 100;

async function run({ url, key, kind: name, touchpoints }: Load): Promise<LoadResult> {
  const kind = requestKinds.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`there is no kind of request ${name}`);
  const agent = new Agent({ keepAlive: true, maxSockets: kind.concurrency });
  let next = 0;
  let retries = 0;
  const work = async (): Promise<void> => {
    while (next < touchpoints) {
      const body = bodyOf(kind, key, next);
      next += kind.batchSize;
      for (;;) {
        const status = await post(agent, { url: `${url}${kind.path}`, key, kind, body });
        if (status === 200) break;
        if (status !== 503 && status !== 429) throw new Error(`${kind.path} answered ${status}`);
        retries += 1;
        await delay(retryMs);
      }
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: kind.concurrency }, work));
  const seconds = (performance.now() - startedAt) / 1_000;
  agent.destroy();
  return { seconds, sent: next, retries };
}

function bodyOf(kind: RequestKind, key: string, first: number): Buffer {
  const items = Array.from({ length: kind.batchSize }, (_, index) => kind.item(randomUUID(), first + index));
  return Buffer.from(JSON.stringify(kind.body(items, key)));
}

function post(
  agent: Agent,
  { url, key, kind, body }: { url: string; key: string; kind: RequestKind; body: Buffer },
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': kind.contentType,
    'content-length': body.length,
  };
  const sent = request(url, { agent, method: 'POST', headers }, (answer) => {
    answer.resume();
    answer.on('end', () => resolve(answer.statusCode ?? 0));
    answer.on('error', reject);
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

process.once('message', (load: Load) => {
  void run(load).then(
    (result) => process.send?.({ result }, () => process.exit(0)),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
  );
});
