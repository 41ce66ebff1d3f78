import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type EventLog } from '@throughline/event-log';
import { createKafkaEventLog } from '@throughline/event-log/kafka';
import { silentLog } from '@throughline/postgres';
import { canStartBrokers } from '@throughline/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrokers, startCluster, stopCluster } from '../src/index.ts';

/** Two failures of a broker, each noticed after nine seconds, and a group that waits for the session of lost members. */
const patienceMs = 120_000;
/** One send is repeated for about four seconds, with growing pauses. */
const mostRepeats = 10;

let directory: string;
let addresses: string[];
const logs: EventLog[] = [];

beforeAll(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'throughline-kafka-')), 'kafka');
});

afterAll(async () => {
  await Promise.all(logs.map((log) => log.close()));
  await stopCluster(directory);
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

function open(instanceId: string): EventLog {
  const log = createKafkaEventLog({ brokers: addresses, instanceId, logger: silentLog });
  logs.push(log);
  return log;
}

/** Appends records with running numbers until it is stopped, and knows which were acknowledged. */
function appendSteadily(log: EventLog, topic: string) {
  const acknowledged = new Set<number>();
  const failures: unknown[] = [];
  let number = 0;
  let isStopped = false;
  const appendInTurn = async (): Promise<void> => {
    while (!isStopped) {
      const numbers = Array.from({ length: 20 }, () => number++);
      try {
        await log.append(numbers.map((one) => ({ topic, key: `key ${one % 50}`, value: String(one) })));
        for (const one of numbers) acknowledged.add(one);
      } catch (error) {
        failures.push(error);
        await delay(100);
      }
    }
  };
  const running = Promise.all([appendInTurn(), appendInTurn()]);
  return {
    acknowledged,
    failures,
    sent: () => number,
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

async function expectAnswer(address: string): Promise<void> {
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
  await admin.connect();
  await admin.disconnect();
}

/** Counts how often each number is in the log, from offset 0 on. */
async function countSteadily(log: EventLog, topic: string): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  const nextOffsets = new Map<number, number>();
  await log.subscribe({
    group: 'counters',
    topics: [topic],
    loadPosition: (_topic, partition) =>
      Promise.resolve({ nextOffset: nextOffsets.get(partition) ?? 0, lastRecord: null }),
    handle: ({ partition, records }) => {
      for (const { offset, value } of records) {
        if (offset < (nextOffsets.get(partition) ?? 0)) continue;
        seen.set(Number(value), (seen.get(Number(value)) ?? 0) + 1);
        nextOffsets.set(partition, offset + 1);
      }
      return Promise.resolve();
    },
    onProblem: () => {},
  });
  return seen;
}

/** What a failed append to the topic is said to be. */
async function findAppendFailure(log: EventLog, topic: string): Promise<unknown> {
  try {
    await log.append([{ topic, key: '', value: '' }]);
    return undefined;
  } catch (error) {
    return ((error as Error).cause as { code?: unknown } | undefined)?.code;
  }
}

/** One that needs all three copies. */
async function createStrictTopic(topic: string): Promise<void> {
  const admin = new Kafka({ brokers: addresses, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const configEntries = [{ name: 'min.insync.replicas', value: '3' }];
  // The append waits for its leader: the client's own wait fails where a broker does not know the topic yet.
  await admin.createTopics({
    waitForLeaders: false,
    topics: [{ topic, numPartitions: 1, replicationFactor: 3, configEntries }],
  });
  await admin.disconnect();
}

describe.runIf(canStartBrokers())('the event log on three brokers', () => {
  test('loses nothing when one dies and then another, and acknowledges nothing while two are down', async () => {
    addresses = (await startCluster(directory, 3)).split(',');
    const log = open('appender');
    await log.ensureTopics([{ name: 'steady', partitions: 4 }]);
    const appends = appendSteadily(log, 'steady');
    const seen = await countSteadily(open('counter'), 'steady');
    const { acknowledged, failures } = appends;
    const moreAcknowledged = async (): Promise<void> => {
      const before = acknowledged.size;
      await expect.poll(() => acknowledged.size - before, { timeout: patienceMs }).toBeGreaterThan(500);
    };

    await moreAcknowledged();
    const [first, second] = findBrokers(directory);
    await createStrictTopic('strict');
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await moreAcknowledged();
    const strict = open('strict');
    await expect
      .poll(() => findAppendFailure(strict, 'strict'), { timeout: patienceMs })
      .toBe('too_few_replicas');
    process.kill(second?.pid ?? 0, 'SIGKILL');
    const failed = failures.length;
    await expect.poll(() => failures.length - failed, { timeout: patienceMs }).toBeGreaterThan(4);
    expect(failures.at(-1)).toMatchObject({ code: 'log_unavailable', cause: { name: 'LogFailure' } });
    const whileDown = acknowledged.size;
    await expect.poll(() => failures.length - failed, { timeout: patienceMs }).toBeGreaterThan(6);
    expect(acknowledged.size).toBe(whileDown);

    await startCluster(directory, 3);
    // Ready is each of them: for a while the others still count one that was killed.
    await Promise.all(addresses.map(expectAnswer));
    await moreAcknowledged();
    await appends.stop();
    const missing = (): number[] => [...acknowledged].filter((number) => !seen.has(number));
    await expect.poll(() => missing().length, { timeout: patienceMs }).toBe(0);
    // A send that was written but not answered for is repeated: twice in the log is what receivers are made for.
    const strange = [...seen].filter(([number, times]) => number >= appends.sent() || times > mostRepeats);
    expect(strange).toEqual([]);
  }, 600_000);
});
