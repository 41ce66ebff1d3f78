/** The sending side of the benchmark: takes one job over IPC, answers with what it saw, ends. */
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DriverJob, ProbeJob, ProbeResult, SendJob, SendResult } from './driver-protocol.ts';
import { createWorkload, jsonOf } from './workload.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

interface Answer {
  status: number;
  body: string;
}

function call(url: string, key: string, body?: string | Buffer): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(
    url,
    {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
      incoming.on('error', reject);
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

async function send(job: SendJob): Promise<SendResult> {
  const { touchpoints } = job.stream;
  const workload = createWorkload(job.stream);
  const batches = Math.ceil(touchpoints / job.batchSize);
  const bodyOf = (batch: number): Buffer => {
    const items: string[] = [];
    const end = Math.min(touchpoints, (batch + 1) * job.batchSize);
    for (let index = batch * job.batchSize; index < end; index += 1)
      items.push(jsonOf(workload.touchpoint(index)));
    return Buffer.from(`{"batch":[${items.join(',')}]}`);
  };
  const made =
    job.repeatFirstBatches === null
      ? null
      : Array.from({ length: job.repeatFirstBatches }, (_, batch) => bodyOf(batch));

  const acknowledgementMs: number[] = [];
  let retries = 0;
  let next = 0;
  const began = performance.now();
  const sendOne = async (batch: number): Promise<void> => {
    const body = made?.[batch % made.length] ?? bodyOf(batch);
    for (;;) {
      const sentAt = performance.now();
      const { status, body: answer } = await call(job.url, job.key, body);
      if (status === 200) {
        acknowledgementMs.push(performance.now() - sentAt);
        return;
      }
      if (status !== 503 && status !== 429)
        throw new Error(`${job.url} answered ${status}: ${answer.slice(0, 300)}`);
      retries += 1;
      await delay(100);
    }
  };
  const sender = async (): Promise<void> => {
    for (let batch = next++; batch < batches; batch = next++) {
      if (job.rate !== null) {
        const due = began + (batch * job.batchSize * 1000) / job.rate;
        if (due > performance.now()) await delay(due - performance.now());
      }
      await sendOne(batch);
    }
  };
  await Promise.all(Array.from({ length: job.concurrency }, sender));
  return { seconds: (performance.now() - began) / 1000, sent: touchpoints, retries, acknowledgementMs };
}

const pollEveryMs = 8;
const givenUpAfterMs = 60_000;

/**
 * Each probe is a new customer with an order on a day of its own, so that one figure shows this touchpoint and no other.
 * Those days are long closed: what is measured is the dearer way, with a restatement.
 */
async function probe(job: ProbeJob): Promise<ProbeResult> {
  const result: ProbeResult = {
    acknowledgementMs: [],
    profileVisibleMs: [],
    metricsVisibleMs: [],
    profileGetMs: [],
  };
  const until = performance.now() + job.seconds * 1000;
  let next = job.from ?? 0;
  const one = async (number: number): Promise<void> => {
    const user = `probe-${job.run}-${number}`;
    const day = new Date(Date.UTC(1972, 0, 1) + number * 8 * 86_400_000).toISOString().slice(0, 10);
    const sentAt = performance.now();
    const answer = await call(
      `${job.ingestUrl}/v1/track`,
      job.serverKey,
      JSON.stringify({
        messageId: user,
        userId: user,
        event: 'Order Completed',
        timestamp: `${day}T12:00:00.000Z`,
        properties: { order_id: user, revenue: 10, currency: 'EUR' },
      }),
    );
    if (answer.status !== 200)
      throw new Error(`/v1/track answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    const acknowledgedAt = performance.now();
    result.acknowledgementMs.push(acknowledgedAt - sentAt);
    const visible = async (url: string, isThere: (answer: Answer) => boolean): Promise<number> => {
      while (performance.now() - acknowledgedAt < givenUpAfterMs) {
        if (isThere(await call(url, job.readKey))) return performance.now() - acknowledgedAt;
        await delay(pollEveryMs);
      }
      throw new Error(`${url} did not show an acknowledged touchpoint within ${givenUpAfterMs / 1000} s`);
    };
    const profileUrl = `${job.identityUrl}/v1/profiles/user_id:${user}`;
    const figure = `window=7&activity=purchase&from=${day}&to=${day}`;
    const [profileMs, metricsMs] = await Promise.all([
      visible(profileUrl, ({ status }) => status === 200),
      visible(`${job.metricsUrl}/v1/metrics/growth?${figure}`, ({ status, body }) => {
        if (status !== 200) throw new Error(`growth answered ${status}: ${body.slice(0, 300)}`);
        return (JSON.parse(body) as { days: { active: number }[] }).days[0]?.active === 1;
      }),
    ]);
    result.profileVisibleMs.push(profileMs);
    result.metricsVisibleMs.push(metricsMs);
    const askedAt = performance.now();
    await call(profileUrl, job.readKey);
    result.profileGetMs.push(performance.now() - askedAt);
  };
  const prober = async (): Promise<void> => {
    while (performance.now() < until) await one(next++);
  };
  await Promise.all(Array.from({ length: job.concurrency }, prober));
  return result;
}

process.once('message', (job: DriverJob) => {
  void (job.job === 'send' ? send(job) : probe(job)).then(
    (result) => process.send?.({ result }, () => process.exit(0)),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
  );
});
