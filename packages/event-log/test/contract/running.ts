/** The loop that all services consume by: what a record that cannot be used, or that makes its batch fail, comes to. */
import { describe, expect, test } from 'vitest';
import { listDeadLetters, replayDeadLetter, type RetryPolicy } from '../../src/index.ts';
import { until } from '@throughline/testkit';
import type { ContractBench } from './bench.ts';
import { createLoopBench, never } from './loop-bench.ts';
import { spawnChild } from './spawn-child.ts';

const soon: RetryPolicy = { ...never, firstMs: 10, longestMs: 50 };

export function describeRunning(bench: ContractBench): void {
  const { schema } = bench;
  const { record, known, parse, saveEffects, readEffects, consume } = createLoopBench(bench);

  describe('the consumer loop', () => {
    test('keeps an unreadable record with its touchpoint, consumes its neighbours, and consumes its replay', async () => {
      const topic = await bench.createTopic(1);
      const bad = JSON.stringify({ text: 'bad \0 value' });
      const kinds: string[] = ['known'];
      const log = bench.open();
      await log.append([...known(topic, ['0']), { topic, key: 'k', value: bad }, ...known(topic, ['1'])]);
      let isUnderstood = false;
      const { group, watch, letters, logged } = await consume(topic, {
        log,
        kinds,
        options: {
          parse: ({ value }) =>
            value === bad && isUnderstood ? { kind: 'readable', value: 'understood' } : parse(value, kinds),
        },
      });
      await until('the good ones are consumed', async () => (await readEffects()).length === 2);
      expect(await letters()).toMatchObject([
        {
          group,
          topic,
          partition: 0,
          offset: 1,
          key: 'k',
          value: bad,
          state: 'dead',
          code: 'unreadable_record',
          touchpoint: { source: 'shop', id: 'bad  value' },
          nextAttemptAt: null,
          replays: 0,
        },
      ]);
      const [letter] = await letters();
      expect(logged('record.dead_letter')).toEqual([
        {
          event: 'record.dead_letter',
          group,
          deadLetter: letter?.id,
          topic,
          partition: 0,
          offset: 1,
          state: 'dead',
          code: 'unreadable_record',
          problem: 'no kind',
          source: 'shop',
          touchpoint: 'loggable bad \0 value',
        },
      ]);
      expect(watch.report().deadLetters.filter(({ count }) => count > 0)).toEqual([
        { group, code: 'unreadable_record', count: 1 },
      ]);
      isUnderstood = true;
      expect(await replayDeadLetter(bench.pool(), log, { schema, id: letter?.id ?? 0 })).toBe(true);
      await until('the replay is consumed', async () => (await readEffects()).includes('understood'));
      expect(await letters()).toMatchObject([{ state: 'replayed', replays: 1 }]);
    });

    test('keeps a record of an unknown kind until a version knows it, which consumes it without being asked', async () => {
      const topic = await bench.createTopic(1);
      const position = { shard: 's', sequence: 1 };
      const former = await consume(topic);
      await former.log.append([
        record(topic, { kind: 'new', text: 'early', position }),
        ...known(topic, ['a']),
      ]);
      await until('what is known is consumed', async () => (await readEffects()).length === 1);
      expect(await former.letters()).toMatchObject([{ state: 'waiting', code: 'unknown_kind' }]);
      await former.subscription.stop();
      await consume(topic, { group: former.group, kinds: ['known', 'new'] });
      await until('it is consumed', async () => (await readEffects()).length === 2);
      expect(await readEffects()).toEqual(['a', 'early']);
      await until('it is done', async () => (await former.letters())[0]?.state === 'replayed');
    });

    test('leaves records of an unknown kind to a newer version beside it', async () => {
      const topic = await bench.createTopic(1);
      const retryPolicy = { ...soon, firstMs: 3_600_000, longestMs: 3_600_000 };
      const former = await consume(topic, { retryPolicy });
      // As many as the newer one needs many looks of the former one for.
      const texts = Array.from({ length: 200 }, (_unused, number) => `${number}`);
      await former.log.append(
        texts.map((text) => record(topic, { kind: 'new', text, position: { shard: text, sequence: 1 } })),
      );
      await until('they wait', () => former.logged('record.dead_letter').length === texts.length);
      await consume(topic, { group: former.group, kinds: ['known', 'new'], retryPolicy });
      await until('they are consumed', async () => (await readEffects()).length === texts.length);
      expect((await readEffects()).toSorted()).toEqual(texts.toSorted());
    });

    test.each([
      ['a value that no column holds', 'insert into consumer.consumer_offset values (null)'],
      ['a division by zero', 'select 1/0'],
      ['a statement timeout', 'set local statement_timeout = 20; select pg_sleep(30)'],
      ['an error of the code', null],
    ])(
      'sets a record aside that fails alone, by %s, and consumes its neighbours once',
      async (_, statement) => {
        const topic = await bench.createTopic(1);
        const log = bench.open();
        const texts = Array.from({ length: 40 }, (_unused, number) => `${number}`);
        await log.append(known(topic, [...texts.slice(0, 13), 'poison', ...texts.slice(13)]));
        const { letters, halved, logged, subscription } = await consume(topic, {
          log,
          async handle(batch) {
            await saveEffects(batch);
            if (!batch.records.includes('poison')) return;
            if (statement === null) throw new RangeError('Maximum call stack size exceeded');
            await batch.client.query(statement);
          },
        });
        await until('all others are consumed', async () => (await readEffects()).length >= 40);
        expect(await readEffects()).toEqual(texts);
        await until('it is kept', async () => (await letters()).length === 1);
        const [letter] = await letters();
        expect(letter).toMatchObject({ state: 'stuck', code: 'record_failed', offset: 13, attempts: 0 });
        expect(letter?.nextAttemptAt?.getTime()).toBeGreaterThan(Date.now());
        expect(halved()).toBeGreaterThan(0);
        expect(logged('consumer.retrying')).toEqual([]);
        expect(logged('record.dead_letter')).toMatchObject([
          { state: 'stuck', touchpoint: 'loggable poison' },
        ]);
        await subscription.stop();
      },
    );

    test('retries what is stuck apart, until it goes through', async () => {
      const topic = await bench.createTopic(1);
      const position = { shard: 's', sequence: 7 };
      let isFailing = true;
      let attempts = 0;
      const { log, letters, logged } = await consume(topic, {
        retryPolicy: { ...soon, limit: 1_000 },
        async handle(batch) {
          await saveEffects(batch);
          if (!batch.records.includes('poison')) return;
          attempts++;
          if (isFailing) throw new Error('not yet');
        },
      });
      const poison = record(topic, { kind: 'known', text: 'poison', position });
      await log.append([poison, poison, ...known(topic, ['a'])]);
      await until('it is retried', async () => (await readEffects()).length === 1 && attempts > 3);
      // Sent twice by a relay: its watermark is beyond it although it waits.
      expect(await letters()).toMatchObject([{ state: 'stuck' }]);
      isFailing = false;
      await until('it went through', async () => (await readEffects()).length === 2);
      expect(await readEffects()).toEqual(['a', 'poison']);
      await until('it is done', async () => (await letters())[0]?.state === 'replayed');
      expect(logged('dead_letter.processed')).toHaveLength(1);
    });

    test('gives up a stuck record after a number of attempts, and says so again', async () => {
      const topic = await bench.createTopic(1);
      let attempts = 0;
      const { log, group, watch, letters, logged } = await consume(topic, {
        retryPolicy: soon,
        handle: () => {
          attempts++;
          throw new TypeError('never');
        },
      });
      await log.append(known(topic, ['poison']));
      await until('it is dead', async () => (await letters())[0]?.state === 'dead');
      expect(attempts).toBe(1 + soon.limit);
      expect(await letters()).toMatchObject([{ code: 'record_failed', nextAttemptAt: null }]);
      expect(logged('record.dead_letter').map(({ state }) => state)).toEqual(['stuck', 'dead']);
      expect(watch.report().deadLetters).toContainEqual({ group, code: 'record_failed', count: 2 });
    });

    test('sets a record aside that ends its process each time, and consumes its neighbours once', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      const texts = Array.from({ length: 25 }, (_, number) => `${number}`);
      await log.append(
        [...texts.slice(0, 15), 'deadly', ...texts.slice(15)].map((value) => ({ topic, key: 'k', value })),
      );
      let deaths = 0;
      await until('all others are consumed', async () => {
        const child = spawnChild('run', bench.adapter().configuration, topic);
        await Promise.race([
          child.exited.then(() => deaths++),
          until('it is through', async () => (await readEffects()).length === 25),
        ]);
        child.process.kill('SIGKILL');
        await child.exited;
        return (await readEffects()).length === 25;
      });
      expect(deaths).toBeGreaterThan(2);
      expect(deaths).toBeLessThan(9);
      expect(await readEffects()).toEqual(texts);
      const { items } = await listDeadLetters(bench.pool(), { schema, group: 'mortals' });
      expect(items).toMatchObject([{ value: 'deadly', state: 'stuck', code: 'attempts_exhausted' }]);
    });

    test('sets a record aside that costs the connection each time, and no neighbour', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(known(topic, ['a', 'b', 'poison', 'c']));
      const { letters, logged } = await consume(topic, {
        log,
        async handle(batch) {
          await saveEffects(batch);
          if (!batch.records.includes('poison')) return;
          await batch.client.query('select pg_terminate_backend(pg_backend_pid())');
        },
      });
      await until('all others are consumed', async () => (await readEffects()).length === 3);
      expect(await readEffects()).toEqual(['a', 'b', 'c']);
      expect(await letters()).toMatchObject([{ offset: 2, state: 'stuck', code: 'attempts_exhausted' }]);
      expect(logged('consumer.retrying').length).toBeGreaterThan(2);
    });

    test('waits while the database cannot work, however often, and sets nothing aside', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(known(topic, ['a', 'b']));
      let attempts = 0;
      const { letters } = await consume(topic, {
        log,
        async handle(batch) {
          await saveEffects(batch);
          if (++attempts <= 5) await batch.client.query('select from a_table_that_is_missing');
        },
      });
      await until('it is consumed', async () => (await readEffects()).length === 2);
      expect(await letters()).toEqual([]);
      expect(attempts).toBe(6);
    });

    test('deletes what was set aside when its retention ends, and nothing sooner', async () => {
      const topic = await bench.createTopic(1);
      const first = await consume(topic);
      await first.log.append([record(topic, { text: 'old' }), record(topic, { text: 'young' })]);
      await until('both are kept', async () => (await first.letters()).length === 2);
      await first.subscription.stop();
      await bench
        .pool()
        .query(
          `update ${schema}.dead_letter set saved_at = now() - case touchpoint_id when 'old' then 91 else 89 end * interval '1 day'`,
        );
      const second = await consume(topic, { group: first.group });
      await until('one is deleted', async () => (await second.letters()).length < 2);
      expect(await second.letters()).toMatchObject([{ touchpoint: { source: 'shop', id: 'young' } }]);
    });
  });
}
