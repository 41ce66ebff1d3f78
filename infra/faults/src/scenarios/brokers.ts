/** Three brokers: one is killed and started again, then another; with two down, ingest acknowledges nothing and answers 503. */
import { setTimeout as delay } from 'node:timers/promises';
import { findBrokers, startCluster } from '@throughline/kafka';
import type { Answer } from '../sender.ts';
import type { Run, Scenario } from '../run.ts';

const watchMs = 8_000;
const patienceMs = 90_000;

export const brokers: Scenario = {
  name: 'brokers',
  brokers: 3,
  processesPerService: 2,
  faults: [
    'broker 1 killed',
    'broker 1 back',
    'broker 2 killed',
    'broker 3 killed too',
    'refused while two were down',
  ],
  inject,
};

async function inject(run: Run): Promise<void> {
  const { sender, faultRecord, kafkaDirectory } = run;
  sender.holdAt(0.8);
  await sender.reached(0.15);
  faultRecord.note('broker 1 killed', killBroker(run, 1) && sender.acknowledgedShare() < 1);
  await sender.reached(0.35);
  await startCluster(kafkaDirectory, 3);
  faultRecord.note('broker 1 back', findBrokers(kafkaDirectory).length === 3);
  await sender.reached(0.45);
  faultRecord.note('broker 2 killed', killBroker(run, 2) && sender.acknowledgedShare() < 1);
  await sender.reached(0.6);
  faultRecord.note('broker 3 killed too', killBroker(run, 3) && sender.acknowledgedShare() < 1);
  sender.holdAt(1);
  faultRecord.note('refused while two were down', await watchRefusals(run));
  await startCluster(kafkaDirectory, 3);
}

function killBroker({ kafkaDirectory }: Run, id: number): boolean {
  const broker = findBrokers(kafkaDirectory).find((one) => one.id === id);
  if (broker === undefined) return false;
  return process.kill(broker.pid, 'SIGKILL');
}

/** What was under way when the broker died may still be acknowledged; after the first refusal nothing may. */
async function watchRefusals({ sender }: Run): Promise<boolean> {
  const killedAt = Date.now();
  const refusals = (): Answer[] => sender.answers.filter(({ at, status }) => at > killedAt && status === 503);
  while (refusals().length === 0) {
    if (Date.now() - killedAt > patienceMs) throw new Error('ingest refused nothing with two brokers down');
    await delay(50);
  }
  const from = Date.now();
  const before = sender.acknowledged.size;
  while (Date.now() - from < watchMs || refusals().length < 6) {
    if (Date.now() - from > patienceMs) throw new Error('ingest hardly answers with two brokers down');
    await delay(50);
  }
  if (sender.acknowledged.size !== before) throw new Error('ingest acknowledged with two brokers down');
  const silent = refusals().filter(({ retryAfter }) => retryAfter === null || !(Number(retryAfter) >= 1));
  if (silent.length > 0) throw new Error(`${silent.length} refusals without Retry-After`);
  const other = sender.answers.filter(({ at, status }) => at > from && status !== 503 && status !== 0);
  if (other.length > 0) throw new Error(`ingest answered ${other[0]?.status} with two brokers down`);
  return true;
}
