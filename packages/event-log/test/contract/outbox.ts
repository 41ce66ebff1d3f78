import { inTransaction, silentLog } from '@throughline/postgres';
import { describe, expect, test } from 'vitest';
import {
  consumeInTransaction,
  dropRepeats,
  listDeadLetters,
  loadConsumerPosition,
  replayDeadLetter,
  saveDeadLetter,
  startOutboxRelay,
  writeOutbox,
  type OutboxPosition,
} from '../../src/index.ts';
import type { ContractBench } from './bench.ts';
import { until } from '@throughline/testkit';
import { failOnProblem } from './bench.ts';
import { spawnChild } from './spawn-child.ts';

export function describeOutbox(bench: ContractBench): void {
  const { schema } = bench;
  const group = 'receivers';

  /** One transaction that sends `count` records over both partitions of the topic. */
  async function send(topic: string, shard: string, count: number): Promise<void> {
    await inTransaction(bench.pool(), (client) =>
      writeOutbox(client, {
        schema,
        shard,
        records: Array.from({ length: count }, (_, number) => ({
          topic,
          key: `key ${number}`,
          partition: number % 2,
          value: (position) => JSON.stringify(position),
        })),
      }),
    );
  }

  async function receive(topic: string) {
    const received: (OutboxPosition & { partition: number })[] = [];
    let repeats = 0;
    const subscription = await bench.open('receiver').subscribe({
      group,
      topics: [topic],
      loadPosition: (_topic, partition) =>
        loadConsumerPosition(bench.pool(), { schema, group }, topic, partition),
      handle: async (batch) => {
        const { partition } = batch;
        const fresh = await consumeInTransaction(
          bench.pool(),
          { schema, group, batches: [batch] },
          async ({ client, records }) => {
            const positions = records.map((record) => ({
              ...(JSON.parse(record.value) as OutboxPosition),
              partition: batch.partition,
            }));
            const isNew = await dropRepeats(client, { schema, topic }, positions);
            return positions.filter((_, index) => isNew[index]);
          },
        );
        repeats += batch.records.length - (fresh?.length ?? 0);
        for (const position of fresh ?? []) received.push({ ...position, partition });
      },
      onProblem: failOnProblem,
    });
    return { received, subscription, repeats: () => repeats };
  }

  function expectEachOnceInOrder(
    received: readonly (OutboxPosition & { partition: number })[],
    shard: string,
    count: number,
  ) {
    const ofShard = received.filter((position) => position.shard === shard);
    expect(ofShard).toHaveLength(count);
    expect(new Set(ofShard.map((position) => position.sequence)).size).toBe(count);
    for (const partition of [0, 1]) {
      const sequences = ofShard.filter((one) => one.partition === partition).map((one) => one.sequence);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    }
  }

  describe('the outbox', () => {
    test('is received once and in order, though the relay was killed between sending and noting it', async () => {
      const topic = await bench.createTopic(2);
      const shard = `${topic}/0`;
      for (let round = 0; round < 5; round++) await send(topic, shard, 40);
      const child = spawnChild('relay', bench.adapter().configuration, topic);
      await child.exited;
      expect(child.process.signalCode).toBe('SIGKILL');
      const relay = startOutboxRelay({
        pool: bench.pool(),
        schema,
        log: bench.open('relay'),
        logger: silentLog,
      });
      const { received, subscription, repeats } = await receive(topic);
      await until('all is received', () => received.length >= 200);
      await send(topic, shard, 40);
      relay.nudge();
      await until('what came later is received', () => received.length >= 240);
      await relay.stop();
      await subscription.stop();
      expectEachOnceInOrder(received, shard, 240);
      expect(repeats()).toBeGreaterThan(0);
      const { rows } = await bench.pool().query('select from consumer.outbox');
      expect(rows).toHaveLength(0);
    });

    test('is sent by several relays without mixing up a shard, whatever the writers do at once', async () => {
      const topic = await bench.createTopic(2);
      const shards = [0, 1, 2].map((number) => `${topic}/${number}`);
      const relays = ['one', 'two', 'three'].map((name) =>
        startOutboxRelay({ pool: bench.pool(), schema, log: bench.open(name), logger: silentLog, pollMs: 5 }),
      );
      const { received, subscription } = await receive(topic);
      await Promise.all(
        shards.flatMap((shard) =>
          [1, 2].map(async () => {
            for (let round = 0; round < 10; round++) await send(topic, shard, 5);
          }),
        ),
      );
      await until('all is received', () => received.length >= 300);
      await Promise.all(relays.map((relay) => relay.stop()));
      await subscription.stop();
      for (const shard of shards) expectEachOnceInOrder(received, shard, 100);
    });

    test('sends what a receiver that read on takes for new, after the sender went back to a backup', async () => {
      const topic = await bench.createTopic(2);
      const shard = `${topic}/0`;
      await send(topic, shard, 10);
      const backup = await bench
        .pool()
        .query<{ last_sequence: number }>(
          `select last_sequence from ${schema}.outbox_counter where shard = $1`,
          [shard],
        );
      await send(topic, shard, 30);
      const log = bench.open('relay');
      const relay = startOutboxRelay({ pool: bench.pool(), schema, log, logger: silentLog, pollMs: 5 });
      const { received, subscription } = await receive(topic);
      await until('all is received', () => received.length >= 40);
      await bench
        .pool()
        .query(`update ${schema}.outbox_counter set last_sequence = $2 where shard = $1`, [
          shard,
          backup.rows[0]?.last_sequence,
        ]);
      await bench
        .pool()
        .query(`update ${schema}.outbox_shard set sent_through = $2 where shard = $1`, [
          shard,
          backup.rows[0]?.last_sequence,
        ]);
      await send(topic, shard, 20);
      await until('what is sent later is received', () => received.length >= 60);
      await relay.stop();
      await subscription.stop();
      expectEachOnceInOrder(received, shard, 60);
    });

    test('has a dead letter that carried a position received after its replay, once', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      const pool = bench.pool();
      const received: OutboxPosition[] = [];
      let understood = false;
      const odd = { state: 'dead', code: 'unreadable_record', message: '' } as const;
      const subscription = await log.subscribe({
        group,
        topics: [topic],
        loadPosition: (_topic, partition) => loadConsumerPosition(pool, { schema, group }, topic, partition),
        handle: async (batch) => {
          const fresh = await consumeInTransaction(
            pool,
            { schema, group, batches: [batch] },
            async ({ client, records }) => {
              const positions = records.map((record) => ({
                ...(JSON.parse(record.value) as OutboxPosition),
                partition: batch.partition,
              }));
              const isNew = await dropRepeats(client, { schema, topic }, positions);
              if (!understood) {
                for (const record of records) {
                  await saveDeadLetter(client, { ...batch, schema, group, record, ...odd });
                }
                return [];
              }
              return positions.filter((_, index) => isNew[index]);
            },
          );
          received.push(...(fresh ?? []));
        },
        onProblem: failOnProblem,
      });
      await log.append([
        { topic, key: 'k', value: JSON.stringify({ shard: 's', sequence: 1, text: 'kept' }) },
      ]);
      const find = async () =>
        (await listDeadLetters(pool, { schema })).items.find((item) => item.topic === topic);
      await until('it is a dead letter', async () => (await find()) !== undefined);
      understood = true;
      const id = (await find())?.id ?? 0;
      await replayDeadLetter(pool, log, { schema, id });
      // As after a kill between sending and noting it.
      await pool.query('update consumer.dead_letter set replays = 0 where id = $1', [id]);
      await replayDeadLetter(pool, log, { schema, id });
      await log.append([{ topic, key: 'k', value: JSON.stringify({ shard: 's', sequence: 2 }) }]);
      await until('all are received', () => received.some((position) => position.sequence === 2));
      await subscription.stop();
      expect(received).toMatchObject([{ text: 'kept' }, { shard: 's', sequence: 2 }]);
    });

    test('holds nothing of a transaction that was rolled back', async () => {
      const topic = await bench.createTopic(2);
      const shard = `${topic}/0`;
      const failing = inTransaction(bench.pool(), async (client) => {
        const records = [{ topic, key: 'k', partition: 0, value: () => '{}' }];
        await writeOutbox(client, { schema, shard, records });
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      await send(topic, shard, 2);
      const relay = startOutboxRelay({
        pool: bench.pool(),
        schema,
        log: bench.open('relay'),
        logger: silentLog,
      });
      const { received, subscription } = await receive(topic);
      await until('all is received', () => received.length >= 2);
      await relay.stop();
      await subscription.stop();
      expectEachOnceInOrder(received, shard, 2);
    });
  });
}
