import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ContractBench } from './bench.ts';
import { until } from '@throughline/testkit';
import { spawnChild } from './spawn-child.ts';

export function describeAppending(bench: ContractBench): void {
  describe('appending', () => {
    test('keeps the order of a key, and puts it in one partition, under concurrent appenders', async () => {
      const topic = await bench.createTopic(4);
      const logs = [bench.open(), bench.open(), bench.open()];
      await Promise.all(
        Array.from({ length: 30 }, async (_, keyNumber) => {
          const log = logs[keyNumber % 3];
          for (let step = 0; step < 20; step += 2) {
            const [first, second] = [step, step + 1].map((number) => ({
              topic,
              key: `key ${keyNumber}`,
              value: JSON.stringify({ number }),
            }));
            // Two calls under way keep their order too.
            await Promise.all([log?.append([first!]), log?.append([second!])]);
          }
        }),
      );
      const records = await bench.readAll(topic, 600);
      expect(records).toHaveLength(600);
      const byKey = Map.groupBy(records, (record) => record.key);
      expect(byKey.size).toBe(30);
      for (const ofKey of byKey.values()) {
        expect(ofKey.map((record) => (JSON.parse(record.value) as { number: number }).number)).toEqual(
          Array.from({ length: 20 }, (_, number) => number),
        );
        expect(new Set(ofKey.map((record) => record.partition)).size).toBe(1);
      }
    });

    test('has every acknowledged record, though the appender was killed', async () => {
      const topic = await bench.createTopic(2);
      const child = spawnChild('append', bench.adapter().configuration, topic);
      await until('300 records are acknowledged', () => child.lines.length >= 300);
      child.process.kill('SIGKILL');
      await child.exited;
      const records = await bench.readAll(topic, child.lines.length);
      const numbers = new Set(
        records.map((record) => (JSON.parse(record.value) as { number: number }).number),
      );
      expect(child.lines.filter((line) => !numbers.has(Number(line)))).toEqual([]);
    });

    test('gives back keys and values as they were', async () => {
      const topic = await bench.createTopic(1);
      const given = [
        { key: '', value: '' },
        { key: 'ключ 🔑', value: JSON.stringify({ text: 'Grüße, 世界, 👩‍👩‍👧, "\\\n' }) },
        { key: 'nul', value: 'before\0after' },
        { key: 'large', value: JSON.stringify('x'.repeat(300_000)) },
        { key: 'last', value: '{}' },
      ];
      await bench.open().append(given.map((record) => ({ topic, ...record })));
      const records = await bench.readAll(topic, given.length);
      expect(records.map(({ key, value }) => ({ key, value }))).toEqual(given);
    });

    test('takes more in one call than a batch holds', async () => {
      const topic = await bench.createTopic(3);
      const value = JSON.stringify('y'.repeat(10_000));
      await bench
        .open()
        .append(Array.from({ length: 600 }, (_, number) => ({ topic, key: `key ${number}`, value })));
      expect(await bench.readAll(topic, 600)).toHaveLength(600);
    });

    test('takes a record as large as a request, which a reject keeps, however little it can be compressed', async () => {
      const topic = await bench.createTopic(1);
      const value = randomBytes(3_900_000).toString('base64');
      await bench.open().append([{ topic, key: 'k', value }]);
      const [record] = await bench.readAll(topic, 1);
      expect(record?.value === value).toBe(true);
    });

    test('refuses a topic that does not exist, and a partition that does not', async () => {
      const topic = await bench.createTopic(2);
      const log = bench.open();
      await expect(log.append([{ topic: `${topic}-none`, key: 'a', value: '{}' }])).rejects.toMatchObject({
        code: 'log_unavailable',
      });
      await expect(log.appendToPartition(topic, 2, [{ key: 'a', value: '{}' }])).rejects.toMatchObject({
        code: 'log_unavailable',
      });
    });

    test('leaves an existing topic as it is', async () => {
      const topic = await bench.createTopic(3);
      const log = bench.open();
      await log.ensureTopics([{ name: topic, partitions: 1 }]);
      expect(await log.partitions(topic)).toBe(3);
    });

    test('answers a ping, and refuses appends once it is closed', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.ping();
      await log.close();
      await expect(log.append([{ topic, key: 'a', value: '{}' }])).rejects.toMatchObject({
        code: 'log_unavailable',
      });
    });
  });
}
