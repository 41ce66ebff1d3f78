/** A broker of the benchmark's own, wiped with its directory. */
import path from 'node:path';
import { findBrokers, startCluster, stopCluster } from '@throughline/kafka';
import type { MeasuredProcess } from './process-usage.ts';

export interface KafkaUnderTest {
  /** `host:port`. */
  brokers: string;
  process: MeasuredProcess;
  stop(): Promise<unknown>;
}

export async function startKafka(directory: string): Promise<KafkaUnderTest> {
  const home = path.join(directory, 'kafka');
  const stop = (): Promise<boolean> => stopCluster(home);
  try {
    const brokers = await startCluster(home, 1);
    const [broker] = findBrokers(home);
    return { brokers, process: { name: 'kafka', pid: broker?.pid ?? 0 }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
