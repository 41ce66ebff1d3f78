import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import {
  consumeInTransaction,
  createConsumerWatch,
  loadConsumerPosition,
  type ConsumerWatch,
  type EventLog,
  type PartitionBatch,
} from '../../src/index.ts';
import { recordFingerprint } from '../../src/record-fingerprint.ts';
import { until } from '@throughline/testkit';
import { failOnProblem, type ContractBench } from './bench.ts';

const neverMs = 3_600_000;

interface Line {
  level: 'info' | 'warn' | 'error';
  fields: Record<string, unknown>;
}

export function describeWatching(bench: ContractBench): void {
  describe('watching', () => {
    const watches: ConsumerWatch[] = [];

    afterEach(async () => {
      await Promise.all(watches.splice(0).map((watch) => watch.stop()));
    });

    /** By default one that soon calls a consumer stalled, and says so again soon. */
    function startWatch(log: EventLog, stallAfterMs = 200) {
      const lines: Line[] = [];
      const say = (level: Line['level']) => (fields: Record<string, unknown>) => {
        lines.push({ level, fields });
      };
      const watch = createConsumerWatch({
        pool: bench.pool(),
        schema: bench.schema,
        log,
        logger: { info: say('info'), warn: say('warn'), error: say('error') },
        hasOutbox: false,
        lookIntervalMs: 20,
        stallAfterMs,
        repeatAfterMs: 100,
      });
      watches.push(watch);
      return {
        watch,
        said: (event: string) => lines.filter(({ fields }) => fields['event'] === event),
        only: () => watch.report().consumers[0],
      };
    }

    async function consume(
      watch: ConsumerWatch,
      topic: string,
      work: (batch: PartitionBatch) => Promise<void>,
    ) {
      const group = `watched-${randomUUID().slice(0, 8)}`;
      const consumer = { schema: bench.schema, group };
      const subscription = await watch.subscribe({
        group,
        topics: [topic],
        loadPosition: (of, partition) => loadConsumerPosition(bench.pool(), consumer, of, partition),
        async handle(batch) {
          await work(batch);
          await consumeInTransaction(bench.pool(), { ...consumer, batches: [batch] }, () =>
            Promise.resolve(),
          );
        },
      });
      return { group, subscription };
    }

    const append = (log: EventLog, topic: string, count = 1) =>
      log.append(Array.from({ length: count }, () => ({ topic, key: 'k', value: 'v' })));

    test('calls a consumer idle that has consumed everything', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      const { watch, said, only } = startWatch(log, neverMs);
      let handled = 0;
      const { group } = await consume(watch, topic, (batch) => {
        handled += batch.records.length;
        return Promise.resolve();
      });
      await append(log, topic, 3);
      await until('it is consumed and idle', () => handled === 3 && only()?.state === 'idle');
      await until('the offset is seen', () => only()?.lagRecords === 0);
      expect(only()).toEqual({
        group,
        topic,
        partition: 0,
        state: 'idle',
        haltReason: null,
        lagRecords: 0,
        lagSeconds: 0,
      });
      expect(said('consumer.stalled')).toEqual([]);
    });

    test('reports a handler that never returns, what it does, and its recovery', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      const { watch, said, only } = startWatch(log);
      const released = Promise.withResolvers<void>();
      const { group } = await consume(watch, topic, () => released.promise);
      await append(log, topic, 2);
      const inHandler = () => said('consumer.stalled').find(({ fields }) => fields['doing'] === 'handling');
      await until('it is reported', () => inHandler() !== undefined);
      expect(inHandler()).toMatchObject({
        level: 'error',
        fields: {
          group,
          topic,
          partition: 0,
          lagRecords: 2,
          secondsSinceProgress: expect.any(Number) as number,
          doingSeconds: expect.any(Number) as number,
          attempt: 0,
        },
      });
      expect(only()).toMatchObject({ state: 'stalled', lagRecords: 2 });
      const before = only()?.lagSeconds ?? 0;
      await until('what waits grows old', () => (only()?.lagSeconds ?? 0) > before);

      released.resolve();
      await until('it is reported again', () => said('consumer.recovered').length > 0);
      expect(said('consumer.recovered')[0]).toMatchObject({
        level: 'info',
        fields: { group, topic, partition: 0 },
      });
      await until('nothing is pending', () => only()?.state === 'idle');
      expect(only()?.lagSeconds).toBe(0);
    });

    test('reports records that no process consumes', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      const { watch, said, only } = startWatch(log);
      const { subscription } = await consume(watch, topic, () => Promise.resolve());
      await until('it is owned', () => only()?.state === 'idle');
      await subscription.stop();
      await until('no process owns it', () => only()?.state === 'unowned');
      await append(log, topic);
      await until('it is reported', () => said('consumer.stalled').length > 0);
      expect(said('consumer.stalled')[0]?.fields).toMatchObject({ topic, partition: 0, doing: 'unassigned' });
    });

    test('knows a halt, counts it once, and knows its end', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await append(log, topic, 5);
      await bench.adapter().dropBelow(topic, 0, 4);
      const { watch, said, only } = startWatch(log, neverMs);
      const { group } = await consume(watch, topic, () => Promise.resolve());
      await until('it is halted', () => only()?.state === 'halted');
      expect(only()).toMatchObject({ haltReason: 'log_begins_above_offset' });
      // Reported by itself, more than once while it lasts.
      await until('it is reported again', () => said('consumer.halted').length > 1);
      expect(said('consumer.stalled')).toEqual([]);
      expect(watch.report().totals).toEqual([
        { group, topic, partition: 0, retries: 0, halts: new Map([['log_begins_above_offset', 1]]) },
      ]);
      await bench.pool().query(
        `insert into consumer.consumer_offset (group_name, topic, partition, next_offset) values ($1, $2, 0, 4)
         on conflict (group_name, topic, partition) do update set next_offset = 4`,
        [group, topic],
      );
      await until('it continues', () => only()?.state === 'idle');
      expect(only()).toMatchObject({ haltReason: null, lagRecords: 0 });
    });

    test('does not take a log that can be opened for one that can be read on', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await append(log, topic, 3);
      const { watch, only } = startWatch(log, neverMs);
      let opened = 0;
      await watch.subscribe({
        group: `watched-${randomUUID().slice(0, 8)}`,
        topics: [topic],
        loadPosition: () => {
          opened++;
          return Promise.resolve({
            nextOffset: 2,
            lastRecord: recordFingerprint({ key: 'k', value: 'of another log' }),
          });
        },
        handle: () => Promise.resolve(),
      });
      await until('it is halted', () => only()?.state === 'halted');
      expect(only()).toMatchObject({ haltReason: 'log_differs_before_offset' });
      const before = opened;
      const states = new Set<unknown>();
      await until('it was tried again and again', () => {
        states.add(only()?.state);
        return opened > before + 4;
      });
      expect([...states]).toEqual(['halted']);
    });

    test('knows a batch that fails, and counts how often', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      const { watch, said, only } = startWatch(log);
      let fails = true;
      await consume(watch, topic, () => (fails ? Promise.reject(new Error('no')) : Promise.resolve()));
      await append(log, topic);
      await until('it is tried again', () => (watch.report().totals[0]?.retries ?? 0) > 1);
      expect(said('consumer.retrying').length).toBeGreaterThan(1);
      await until('it is seen', () => ['retrying', 'stalled'].includes(only()?.state ?? ''));
      fails = false;
      await until('it went through', () => only()?.state === 'idle');
    });

    test('reports a position when what followed from it is sent, not before', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      const group = `sender-${randomUUID().slice(0, 8)}`;
      let handled = 0;
      let isSent = false;
      let asked = 0;
      await log.subscribe({
        group,
        topics: [topic],
        loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
        handle: (batch) => {
          handled += batch.records.length;
          return Promise.resolve();
        },
        onProblem: failOnProblem,
        captureOutboxTail: () =>
          Promise.resolve(() => {
            if (handled > 0) asked++;
            return Promise.resolve(handled === 0 || isSent);
          }),
      });
      const reported = async () => (await log.lag(group, [topic]))[0]?.nextOffset ?? 0;
      await append(log, topic, 2);
      await until('it is asked again and again', () => handled === 2 && asked > 3);
      expect(await reported()).toBe(0);
      isSent = true;
      await until('the position is reported', async () => (await reported()) === 2);
    });

    test('finds which partitions are owned, and how old records are', async () => {
      const topic = await bench.createTopic(2);
      const log = bench.open();
      const { watch } = startWatch(log);
      expect(await log.owned('a group without members', [topic])).toEqual([]);
      const { group } = await consume(watch, topic, () => Promise.resolve());
      await until('both are owned', async () => (await log.owned(group, [topic])).length === 2);
      expect((await log.owned(group, [topic])).toSorted((a, b) => a.partition - b.partition)).toEqual([
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]);

      const begun = Date.now();
      await log.appendToPartition(topic, 1, [{ key: 'k', value: 'v' }]);
      const positions = [{ topic, partition: 1, offset: 0 }];
      const ageOf = async () => (await log.recordAges(positions))[0] ?? -1;
      expect(await ageOf()).toBeLessThanOrEqual(Date.now() - begun);
      await until('it grows old', async () => (await ageOf()) >= 1_000);
      expect(await ageOf()).toBeLessThanOrEqual(Date.now() - begun);
    });
  });
}
