import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canStartBrokers } from '@throughline/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findBrokers, startCluster, stopCluster } from '../src/index.ts';

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
    const brokers = await startCluster(directory, 1);
    expect(brokers).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await startCluster(directory, 1)).toBe(brokers);
    await expect(startCluster(directory, 3)).rejects.toThrow(/a cluster of 1 is there already/);

    await useAdmin(brokers, async (admin) => {
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }], waitForLeaders: true });
    });
    const [broker] = findBrokers(directory);
    process.kill(broker?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => existsSync(`/proc/${broker?.pid}/fd/0`)).toBe(false);
    expect(await startCluster(directory, 1)).toBe(brokers);
    await useAdmin(brokers, async (admin) => {
      expect(await admin.listTopics()).toContain('kept');
    });

    expect(await stopCluster(directory)).toBe(true);
    expect(await stopCluster(directory)).toBe(false);
    expect(existsSync(join(directory, 'broker-1'))).toBe(false);
  }, 180_000);
});

async function useAdmin(
  brokers: string,
  use: (admin: ReturnType<Kafka['admin']>) => Promise<void>,
): Promise<void> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}
