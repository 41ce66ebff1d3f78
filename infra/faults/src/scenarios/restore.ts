/** The database goes back to a backup under a stream that went on: from the backup's offsets, or not at all. */
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Run, Scenario } from '../run.ts';

const patienceMs = 90_000;
const topics = ['touchpoints.v1', 'resolved.v1'];

export const restore: Scenario = {
  name: 'restore',
  brokers: 1,
  processesPerService: 2,
  faults: ['backed up mid-stream', 'restored mid-stream'],
  inject: restoreUnderway,
};

/** Half of the processes live through it, half are restarted, as an operator might. */
async function restoreUnderway(run: Run): Promise<void> {
  const { fleet, sender, database, faultRecord } = run;
  sender.holdAt(0.7);
  await sender.reached(0.25);
  await moreTouchpoints(run, 0);
  const copy = await database.backUp();
  const then = await countTouchpoints(run);
  faultRecord.note('backed up mid-stream', then > 0 && sender.acknowledgedShare() < 1);
  await sender.reached(0.6);
  await moreTouchpoints(run, then);
  await Promise.all(fleet.numbered(0).map((one) => one.kill()));
  await database.restore(copy);
  faultRecord.note('restored mid-stream', sender.acknowledgedShare() < 1);
  sender.holdAt(1);
  for (const one of fleet.numbered(0)) one.start();
  await Promise.all(fleet.numbered(0).map((one) => one.waitUntilReady()));
}

export const truncated: Scenario = {
  name: 'truncated',
  brokers: 1,
  processesPerService: 2,
  faults: ['backed up mid-stream', 'log truncated', 'restored'],
  inject: truncateAndRestore,
  conclude: expectHalt,
};

async function truncateAndRestore(run: Run): Promise<void> {
  const { fleet, sender, database, faultRecord, kafkaBrokers } = run;
  sender.holdAt(0.7);
  await sender.reached(0.25);
  await moreTouchpoints(run, 0);
  const copy = await database.backUp();
  const then = await countTouchpoints(run);
  faultRecord.note('backed up mid-stream', then > 0 && sender.acknowledgedShare() < 1);
  sender.holdAt(1);
  await sender.finished;
  await moreTouchpoints(run, then);
  await Promise.all(fleet.numbered(0).map((one) => one.kill()));
  await database.restore(copy);
  // Live consumers may have read on already: what they did is put back with the database, before the log is cut.
  await Promise.all(fleet.numbered(1).map((one) => one.kill()));
  await database.restore(copy);
  faultRecord.note('restored', (await countTouchpoints(run)) >= then);
  faultRecord.note('log truncated', await truncateTopics(kafkaBrokers));
  await fleet.start();
}

/** Nothing is consumed past the gap; the log of the service and its metrics say why. */
async function expectHalt(run: Run): Promise<void> {
  const { fleet } = run;
  const before = await readOffsets(run);
  for (const service of ['identity', 'metrics'] as const) {
    const deadline = Date.now() + patienceMs;
    const halts = (): string[] =>
      fleet
        .of(service)
        .flatMap((one) => one.readLog().split('\n'))
        .filter((line) => line.includes('"consumer.halted"'));
    while (halts().length === 0) {
      if (Date.now() > deadline) throw new Error(`${service} did not say that it halted`);
      await delay(100);
    }
    const unclear = halts().filter((line) => !line.includes('"log_begins_above_offset"'));
    if (unclear.length > 0) throw new Error(`${service} halted without the reason: ${unclear[0]}`);
  }
  await delay(5_000);
  // Other topics were not cut: consumers of theirs continue.
  const skipped = [...(await readOffsets(run))].filter(
    ([of, offset]) => topics.some((topic) => of.includes(` ${topic} `)) && offset !== before.get(of),
  );
  if (skipped.length > 0) throw new Error(`skipped ahead: ${JSON.stringify(skipped)}`);
  for (const one of [...fleet.of('identity'), ...fleet.of('metrics')]) {
    if (!one.isRunning()) throw new Error(`${one.name} ended instead of waiting for help`);
  }
}

async function truncateTopics(brokers: readonly string[]): Promise<boolean> {
  const admin = new Kafka({ clientId: 'faults', brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    for (const topic of topics) {
      const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
        partition,
        offset: high,
      }));
      await admin.deleteTopicRecords({ topic, partitions });
    }
    const ranges = await admin.fetchTopicOffsets('touchpoints.v1');
    // Partitions of a class of traffic that did not come are empty before.
    return ranges.every(({ low, high }) => low === high) && ranges.some(({ high }) => Number(high) > 0);
  } finally {
    await admin.disconnect();
  }
}

async function countTouchpoints({ database }: Run): Promise<number> {
  const [row] = await database.query<{ count: number }>('select count(*)::int from identity.touchpoint');
  return row?.count ?? 0;
}

async function moreTouchpoints(run: Run, than: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while ((await countTouchpoints(run)) <= than) {
    if (Date.now() > deadline) throw new Error('nothing was consumed after the backup');
    await delay(100);
  }
}

async function readOffsets({ database }: Run): Promise<Map<string, number>> {
  const rows = await database.query<{ name: string; next: number }>(
    ['identity', 'metrics']
      .map(
        (schema) =>
          `select group_name || ' ' || topic || ' ' || partition as name, next_offset::int as next
           from ${schema}.consumer_offset where topic <> 'rejected.v1'`,
      )
      .join(' union all '),
  );
  return new Map(rows.map(({ name, next }) => [name, next]));
}
