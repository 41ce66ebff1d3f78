import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canStartBrokers } from '@throughline/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrokers, startCluster, stopCluster } from '../src/index.ts';

/** A busy machine meets it too. */
const patience = { timeout: 120_000, interval: 100 };

let directory: string;

beforeAll(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'throughline-kafka-')), 'kafka');
});

afterAll(async () => {
  await stopCluster(directory);
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

describe.runIf(canStartBrokers())('a cluster of one broker', () => {
  test('comes up, is found again, comes back with its data after a kill, and is wiped', async () => {
    const [brokers, same] = await Promise.all([startCluster(directory, 1), startCluster(directory, 1)]);
    expect(same).toBe(brokers);
    expect(brokers).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await startCluster(directory, 1)).toBe(brokers);
    await expect(startCluster(directory, 3)).rejects.toThrow(/a cluster of 1 is there already/);

    await useAdmin(brokers, async (admin) => {
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }], waitForLeaders: false });
    });
    const [broker] = findBrokers(directory);
    // The width of a terminal once made a running broker look like none, and another was started beside it.
    process.env['COLUMNS'] = '80';
    expect(await startCluster(directory, 1)).toBe(brokers);
    expect(findBrokers(directory)).toEqual([broker]);
    process.kill(broker?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => existsSync(`/proc/${broker?.pid}/fd/0`), patience).toBe(false);
    expect(await startCluster(directory, 1)).toBe(brokers);
    await useAdmin(brokers, async (admin) => {
      expect(await admin.listTopics()).toContain('kept');
    });

    // A crash left half a file: it is not gone on with, and the broker is still found.
    writeFileSync(join(directory, 'cluster.json'), '{"clu');
    await expect(startCluster(directory, 1)).rejects.toThrow('pnpm kafka:down wipes it');
    expect(await stopCluster(directory)).toBe(true);
    await expect(useAdmin(brokers, () => Promise.resolve(), 0)).rejects.toThrow();
    expect(await stopCluster(directory)).toBe(false);
    expect(existsSync(join(directory, 'broker-1'))).toBe(false);
  }, 400_000);
});

async function useAdmin(
  brokers: string,
  use: (admin: ReturnType<Kafka['admin']>) => Promise<void>,
  retries = 5,
): Promise<void> {
  const admin = new Kafka({
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries },
  }).admin();
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}
