/** The loop that all services consume by: what a record that cannot be used, or that makes its batch fail, comes to. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createConsumerWatch,
  listDeadLetters,
  replayDeadLetter,
  runConsumer,
  type Consumer,
  type ConsumerWatch,
  type EventLog,
  type OutboxPosition,
  type ParsedRecord,
  type RecordBatch,
  type RetryPolicy,
  type Subscription,
  type TrafficClass,
} from '../../src/index.ts';
import { until, type ContractBench } from './bench.ts';
import { spawnChild } from './spawn-child.ts';

/** A record of these tests. Without `kind` it is unreadable; `new` is a kind that a later version knows. */
interface Item {
  kind: 'known' | 'new';
  text: string;
  position?: OutboxPosition;
}

const soon: RetryPolicy = { pollMs: 20, firstMs: 10, longestMs: 50, limit: 3 };
const never: RetryPolicy = { pollMs: 20, firstMs: 3_600_000, longestMs: 3_600_000, limit: 3 };

export function describeRunning(bench: ContractBench): void {
  const { schema } = bench;
  const running: (Pick<Subscription, 'stop'> | ConsumerWatch)[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
  });

  const record = (topic: string, item: Partial<Item>) => ({ topic, key: 'k', value: JSON.stringify(item) });
  const known = (topic: string, texts: readonly string[]) =>
    texts.map((text) => record(topic, { kind: 'known', text }));

  function parse(value: string, kinds: readonly string[]): ParsedRecord<string> {
    const { kind, text, position } = JSON.parse(value) as Partial<Item>;
    const touchpoint = { source: 'shop', id: text ?? 'none' };
    if (kind === undefined || text === undefined)
      return { kind: 'unreadable', problem: 'no kind', touchpoint };
    if (!kinds.includes(kind)) return { kind: 'unknown', problem: 'a new kind', touchpoint, position };
    return { kind: 'readable', value: text, weight: text.length, touchpoint, position };
  }

  const saveEffects = async ({ client, records }: RecordBatch<string>): Promise<void> => {
    await client.query(`insert into ${schema}.effect (value) select unnest($1::text[])`, [records]);
  };

  async function readEffects(): Promise<string[]> {
    const { rows } = await bench
      .pool()
      .query<{ value: string }>(`select value from ${schema}.effect order by id`);
    return rows.map(({ value }) => value);
  }

  interface Given {
    log?: EventLog;
    group?: string;
    retryPolicy?: RetryPolicy;
    kinds?: readonly string[];
    handle?: (batch: RecordBatch<string>) => Promise<void>;
    options?: Partial<Consumer<string, void>>;
  }

  /** Starts a consumer that saves the texts of its records as effects. */
  async function consume(topic: string, given: Given = {}) {
    const { log = bench.open(), group = `runners-${randomUUID().slice(0, 8)}` } = given;
    const lines: Record<string, unknown>[] = [];
    const say = (fields: Record<string, unknown>) => void lines.push(fields);
    const logger = { info: say, warn: say, error: say };
    const watch = createConsumerWatch({ pool: bench.pool(), schema, log, logger, hasOutbox: false });
    const batches: number[] = [];
    let halved = 0;
    const consumer: Consumer<string, void> = {
      schema,
      group,
      topic,
      parse: ({ value }) => parse(value, given.kinds ?? ['known']),
      handle: given.handle ?? saveEffects,
      report: ({ records }) => void batches.push(records.length),
      ...given.options,
    };
    const subscription = await runConsumer(consumer, {
      pool: bench.pool(),
      watch,
      logger,
      loggableId: (id) => `loggable ${id}`,
      onHalved: () => halved++,
      retryPolicy: given.retryPolicy ?? never,
    });
    running.push(watch, subscription);
    return {
      log,
      group,
      watch,
      batches,
      subscription,
      halved: () => halved,
      logged: (event: string) => lines.filter((line) => line['event'] === event),
      letters: async () => {
        const pages = [{}, { state: 'replayed' as const }].map(
          async (filter) => (await listDeadLetters(bench.pool(), { schema, group, ...filter })).items,
        );
        return (await Promise.all(pages)).flat();
      },
    };
  }

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
      await until(
        'all others are consumed',
        async () => {
          const child = spawnChild('run', bench.adapter().configuration, topic);
          await Promise.race([
            child.exited.then(() => deaths++),
            until('it is through', async () => (await readEffects()).length === 25),
          ]);
          child.process.kill('SIGKILL');
          await child.exited;
          return (await readEffects()).length === 25;
        },
        160_000,
      );
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

    test('cuts batches by weight, and gives what is heavier than the limit a transaction of its own', async () => {
      const topic = await bench.createTopic(1);
      const log = bench.open();
      await log.append(known(topic, ['four', 'four', 'four', 'as heavy as fourteen', 'four', 'four']));
      const { batches } = await consume(topic, { log, options: { maxWeight: 8 } });
      await until('all are consumed', async () => (await readEffects()).length === 6);
      expect(batches).toEqual([2, 1, 1, 2]);
    });

    /** A consumer whose next transaction waits until everything that is appended meanwhile is parsed. */
    async function consumeGathering(
      topic: string,
      handle: (batch: RecordBatch<string>) => Promise<void> = saveEffects,
    ) {
      const transactions: number[][] = [];
      const parsed = new Set<string>();
      let gate: Promise<void> = Promise.resolve();
      const consumer = await consume(topic, {
        options: {
          parse: ({ value }) => {
            const read = parse(value, ['known']);
            if (read.kind === 'readable') parsed.add(read.value);
            return read;
          },
          report: ({ partitions }) => void transactions.push(partitions.map(({ partition }) => partition)),
        },
        handle: async (batch) => {
          await gate;
          await handle(batch);
        },
      });
      const partitions = await consumer.log.partitions(topic);
      const appendTo = (partition: number, text: string) =>
        consumer.log.appendToPartition(topic, partition, [
          { key: 'k', value: JSON.stringify({ kind: 'known', text }) },
        ]);
      // From its first batch on a partition is trusted: nothing is written before a batch any more.
      for (let partition = 0; partition < partitions; partition++) await appendTo(partition, 'first');
      await until('each partition is consumed', async () => (await readEffects()).length === partitions);
      transactions.length = 0;
      return {
        ...consumer,
        transactions,
        gather: async (texts: readonly string[]): Promise<void> => {
          const { promise, resolve } = Promise.withResolvers<void>();
          gate = promise;
          for (const [partition, text] of texts.entries()) {
            await appendTo(partition, text);
            await until(`${text} is parsed`, () => parsed.has(text));
          }
          resolve();
        },
      };
    }

    test('consumes what waits of several partitions in one transaction', async () => {
      const topic = await bench.createTopic(4);
      const { transactions, gather, group } = await consumeGathering(topic);
      await gather(['a', 'b', 'c', 'd']);
      await until('all are consumed', async () => (await readEffects()).length === 8);
      expect(transactions).toEqual([[0], [1, 2, 3]]);
      const { rows } = await bench.pool().query(
        `select partition, next_offset as next, xmin::text as transaction from ${schema}.consumer_offset
           where group_name = $1 order by partition`,
        [group],
      );
      const { transaction } = rows[1] as { transaction: string };
      expect(rows).toMatchObject([
        { partition: 0, next: 2 },
        { partition: 1, next: 2, transaction },
        { partition: 2, next: 2, transaction },
        { partition: 3, next: 2, transaction },
      ]);
    });

    test('handles a single request in the next transaction, although thousands of bulk records wait', async () => {
      const topic = await bench.createTopic(2);
      const log = bench.open();
      const append = (traffic: TrafficClass, texts: readonly string[]) =>
        log.append(known(topic, texts).map((one) => ({ ...one, traffic })));
      const transactions: { traffic: string; first: string | undefined }[] = [];
      const first = Promise.withResolvers<void>();
      let isSingleParsed = false;
      const { subscription } = await consume(topic, {
        log,
        options: {
          maxRecords: 100,
          dividedPartitions: 2,
          parse({ value }) {
            isSingleParsed ||= value.includes('single');
            return parse(value, ['known']);
          },
        },
        async handle({ traffic, records }) {
          transactions.push({ traffic, first: records[0] });
          if (records[0] === 'bulk 0') await first.promise;
        },
      });
      // From its first batch on a partition is trusted: nothing is written between parsing and the request for a turn.
      await append('interactive', ['before']);
      await until('the partition is trusted', () => transactions.length === 1);
      await append(
        'bulk',
        Array.from({ length: 3_000 }, (_, index) => `bulk ${index}`),
      );
      await until('a bulk transaction runs', () => transactions.length === 2);
      await append('interactive', ['single']);
      await until('the single request is parsed', () => isSingleParsed);
      first.resolve();
      await until('bulk records are handled after it', () => transactions.length > 4);
      await subscription.stop();
      expect(transactions.slice(0, 5)).toEqual([
        { traffic: 'interactive', first: 'before' },
        { traffic: 'bulk', first: 'bulk 0' },
        { traffic: 'interactive', first: 'single' },
        { traffic: 'bulk', first: 'bulk 100' },
        { traffic: 'bulk', first: 'bulk 200' },
      ]);
    });

    test('sets a record aside that fails beside those of other partitions, and consumes them once', async () => {
      const topic = await bench.createTopic(4);
      const { transactions, gather, letters, halved } = await consumeGathering(topic, async (batch) => {
        await saveEffects(batch);
        if (batch.records.includes('poison')) throw new Error('poison');
      });
      await gather(['a', 'b', 'poison', 'd']);
      await until('the others are consumed', async () => (await readEffects()).length === 7);
      await until('it is kept', async () => (await letters()).length === 1);
      expect((await readEffects()).slice(4).toSorted()).toEqual(['a', 'b', 'd']);
      expect(await letters()).toMatchObject([{ partition: 2, offset: 1, code: 'record_failed' }]);
      expect(halved()).toBe(0);
      expect(transactions).toContainEqual([1]);
      expect(transactions).toContainEqual([3]);
    });

    test('reads a partition again whose committed offset went back, and consumes the others', async () => {
      const topic = await bench.createTopic(3);
      const { gather, group, logged } = await consumeGathering(topic);
      await bench.pool().query(
        `update ${schema}.consumer_offset set next_offset = 0, last_record = null
           where group_name = $1 and partition = 2`,
        [group],
      );
      await gather(['a', 'b', 'c']);
      await until('all are consumed', async () => (await readEffects()).length === 7);
      expect((await readEffects()).slice(3).toSorted()).toEqual(['a', 'b', 'c', 'first']);
      expect(logged('consumer.retrying')).toMatchObject([{ partition: 2 }]);
    });

    test('lets partitions take turns between the transactions of a batch that is cut', async () => {
      const topic = await bench.createTopic(2);
      const log = bench.open();
      const keys = Array.from({ length: 16 }, (_, index) => `key ${index}`);
      const values = Array.from({ length: 20 }, () => JSON.stringify({ kind: 'known', text: 'heavy' }));
      await log.append(keys.flatMap((key) => values.map((value) => ({ topic, key, value }))));
      const order: number[] = [];
      await consume(topic, {
        log,
        options: {
          maxWeight: 1,
          report: ({ partitions }) => void order.push(...partitions.map(({ partition }) => partition)),
        },
      });
      await until('all are consumed', () => order.length === keys.length * values.length);
      const lastOfFirst = order.lastIndexOf(order[0] ?? -1);
      const firstOfOther = order.findIndex((partition) => partition !== order[0]);
      expect(firstOfOther).toBeGreaterThan(0);
      expect(firstOfOther).toBeLessThan(lastOfFirst);
    });
  });
}
