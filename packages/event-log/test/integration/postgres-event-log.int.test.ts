/** What only the Postgres adapter promises: beside the contract. */
import { randomUUID } from 'node:crypto';
import {
  inTransaction,
  retryTransaction,
  runMigrations,
  silentLog,
  type StructuredLog,
} from '@throughline/postgres';
import { createTestDatabase, type TestDatabase, until } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  consumerMigrations,
  createPostgresEventLog,
  startOutbox,
  trafficOfPartition,
  type EventLog,
  type Outbox,
  type PostgresEventLogOptions,
} from '../../src/index.ts';
import { renewMembership } from '../../src/postgres/group-membership.ts';
import { failOnProblem, takeUnexpectedProblems } from '../contract/bench.ts';
import { killChildren, spawnChild } from '../contract/spawn-child.ts';
import { openPool } from '../open-log.ts';

let database: TestDatabase;
let pool: Pool;
const opened: EventLog[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool(database.connectionString);
});

afterEach(async () => {
  await killChildren();
  await Promise.all(opened.splice(0).map((log) => log.close()));
  expect(takeUnexpectedProblems()).toEqual([]);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function open(options: Partial<PostgresEventLogOptions> = {}): EventLog {
  const log = createPostgresEventLog({ pool, instanceId: 'test', logger: silentLog, ...options });
  opened.push(log);
  return log;
}

async function createTopic(log: EventLog): Promise<string> {
  const topic = `t-${randomUUID()}`;
  await log.ensureTopics([{ name: topic, partitions: 1 }]);
  return topic;
}

describe('the event log on Postgres', () => {
  test('reports a position again that could not be reported', async () => {
    const failed: unknown[] = [];
    const logger: StructuredLog = { ...silentLog, warn: (fields) => failed.push(fields['event']) };
    const log = open({ logger, reportIntervalMs: 10 });
    const topic = await createTopic(log);
    let handled = 0;
    const subscription = await log.subscribe({
      group: topic,
      topics: [topic],
      loadPosition: () => Promise.resolve({ nextOffset: handled, lastRecord: null }),
      handle: (batch) => {
        handled += batch.records.length;
        return Promise.resolve();
      },
      onProblem: failOnProblem,
    });
    const reported = async () => (await log.lag(topic, [topic]))[0]?.nextOffset;
    await until('the beginning is reported', async () => (await reported()) === 0);
    await pool.query(
      `alter table event_log.group_position add constraint held check (group_name <> '${topic}' or next_offset = 0)`,
    );
    await log.append([{ topic, key: 'k', value: 'v' }]);
    await until('a report fails', () => failed.includes('log.report_failed'));
    await pool.query('alter table event_log.group_position drop constraint held');
    await until('it is reported', async () => (await reported()) === 1);
    await subscription.stop();
  });

  test('reaches the readers of another process long before they would poll', async () => {
    const reader = open({ pollMs: 600_000 });
    const topic = await createTopic(reader);
    const seen: string[] = [];
    await reader.subscribe({
      group: 'readers',
      topics: [topic],
      loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
      handle: (batch) => {
        seen.push(...batch.records.map((record) => record.value));
        return Promise.resolve();
      },
      onProblem: failOnProblem,
    });
    const writer = open();
    await writer.append([{ topic, key: 'k', value: 'first' }]);
    await until('the first is seen', () => seen.length === 1);
    await writer.append([{ topic, key: 'k', value: 'second' }]);
    await until('the second is seen', () => seen.length === 2);
  });

  test('reads on by polling while notifications are lost', async () => {
    const reader = open({ pollMs: 20 });
    const topic = await createTopic(reader);
    let seen = 0;
    await reader.subscribe({
      group: 'readers',
      topics: [topic],
      loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
      handle: (batch) => {
        seen += batch.records.length;
        return Promise.resolve();
      },
      onProblem: () => {},
    });
    await pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'select pg_advisory_lock%'",
    );
    await open().append([{ topic, key: 'k', value: '0' }]);
    await until('it is seen', () => seen === 1);
  });

  test('gives the partitions of a killed process to another long before their lease ends', async () => {
    // Renewed every quarter of it: what is left of it when its owner is killed is longer than the deadline.
    const leaseMs = 32_000;
    const log = open({ leaseMs });
    const topic = await createTopic(log);
    await runMigrations(pool, { schema: 'consumer', directories: [consumerMigrations] });
    await pool.query('create table if not exists consumer.effect (value text)');
    await log.append([{ topic, key: 'k', value: '0' }]);
    const { connectionString } = database;
    const child = spawnChild('consume', { adapter: 'postgres', connectionString, leaseMs }, topic);
    await until('the child has consumed', () => child.lines.length > 0);
    const subscription = await log.subscribe({
      group: 'readers',
      topics: [topic],
      loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
      handle: () => Promise.resolve(),
      onProblem: failOnProblem,
    });
    expect(subscription.assigned()).toEqual([]);
    child.process.kill('SIGKILL');
    await until('the partition has a new owner', () => subscription.assigned().length === 1, 20_000);
  });

  test('counts a member whose lease ends while it renews it', async () => {
    const topic = await createTopic(open());
    const { surplus } = await renewMembership({
      pool,
      schema: 'event_log',
      group: topic,
      member: 'slow',
      topics: [topic],
      leaseMs: 0,
      isGuarded: () => false,
    });
    expect(surplus).toBe(0);
  });

  test('says that the log is unavailable while its database is, and works again after', async () => {
    const gone = await createTestDatabase();
    await gone.drop();
    const lost = openPool(gone.connectionString);
    const unreachable = createPostgresEventLog({ pool: lost, instanceId: 'test', logger: silentLog });
    await expect(unreachable.ping()).rejects.toMatchObject({ code: 'log_unavailable' });
    await expect(unreachable.append([{ topic: 't', key: 'k', value: '0' }])).rejects.toMatchObject({
      code: 'log_unavailable',
    });
    await unreachable.close();
    await lost.end();

    const log = open();
    const topic = await createTopic(log);
    await log.append([{ topic, key: 'k', value: '0' }]);
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await until('it is written again', async () => {
      try {
        await log.append([{ topic, key: 'k', value: '1' }]);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'log_unavailable' });
        return false;
      }
    });
  });

  test('gives each of two members its share of the partitions of each class of traffic', async () => {
    const topic = `t-${randomUUID()}`;
    const members = [open(), open()];
    await members[0]?.ensureTopics([{ name: topic, partitions: 8 }]);
    const group = randomUUID();
    const subscribe = (log: EventLog) =>
      log.subscribe({
        group,
        topics: [topic],
        loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
        handle: () => Promise.resolve(),
        onProblem: failOnProblem,
      });
    const first = await subscribe(members[0] as EventLog);
    await until('the first has all', () => first.assigned().length === 8);
    const second = await subscribe(members[1] as EventLog);
    await until('both have half', () => first.assigned().length === 4 && second.assigned().length === 4);
    for (const member of [first, second]) {
      const bulk = member.assigned().filter(({ partition }) => trafficOfPartition(partition, 8) === 'bulk');
      expect(bulk).toHaveLength(2);
    }
    // What the second has after the first is gone, it has claimed at once.
    await first.stop();
    await until('the second has all', () => second.assigned().length === 8);
    const third = await subscribe(members[0] as EventLog);
    await until(
      'both have half again',
      () => second.assigned().length === 4 && third.assigned().length === 4,
    );
    const bulk = third.assigned().filter(({ partition }) => trafficOfPartition(partition, 8) === 'bulk');
    expect(bulk).toHaveLength(2);
  });

  test('reads each of many partitions from where its reader is, and as much as its batches hold', async () => {
    const log = open();
    const topic = `t-${randomUUID()}`;
    const partitions = 20;
    await log.ensureTopics([{ name: topic, partitions }]);
    const texts = (partition: number) => Array.from({ length: 30 }, (_, number) => `${partition}:${number}`);
    for (let partition = 0; partition < partitions; partition++) {
      const records = texts(partition).map((value) => ({ key: 'k', value }));
      // Several rows for each.
      await log.appendToPartition(topic, partition, records.slice(0, 7));
      await log.appendToPartition(topic, partition, records.slice(7));
    }
    const seen = new Map<number, string[]>();
    const sizes = new Set<number>();
    const subscription = await log.subscribe({
      group: topic,
      topics: [topic],
      maxBatchRecords: 8,
      loadPosition: (_topic, partition) => Promise.resolve({ nextOffset: partition, lastRecord: null }),
      handle: ({ partition, records }) => {
        sizes.add(records.length);
        const values = records.map(({ value }) => value);
        seen.set(partition, [...(seen.get(partition) ?? []), ...values]);
        return Promise.resolve();
      },
      onProblem: failOnProblem,
    });
    const total = texts(0).length * partitions - (partitions * (partitions - 1)) / 2;
    await until('all is read', () => [...seen.values()].flat().length >= total);
    await subscription.stop();
    for (let partition = 0; partition < partitions; partition++) {
      expect(seen.get(partition)).toEqual(texts(partition).slice(partition));
    }
    expect(Math.max(...sizes)).toBe(8);
  });

  test('makes the table of a day that was not made in time', async () => {
    const log = open();
    const topic = await createTopic(log);
    const { rows } = await pool.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'event_log.batch'::regclass",
    );
    for (const { name } of rows) await pool.query(`drop table ${name}`);
    await log.append([{ topic, key: 'k', value: '0' }]);
    expect(await log.lag('readers', [topic])).toMatchObject([{ endOffset: 1 }]);
  });

  test('drops days past the retention, but none that a known group has not consumed: that it says', async () => {
    const first = open();
    const topic = await createTopic(first);
    await first.append([{ topic, key: 'k', value: 'old' }, { topic, key: 'k', value: 'old too' }]); // prettier-ignore
    await pool.query('create table event_log.batch_20200101 (like event_log.batch including all)');
    await pool.query(
      `alter table event_log.batch attach partition event_log.batch_20200101 for values from ('2020-01-01') to ('2020-01-02')`,
    );
    await pool.query("update event_log.batch set appended_on = '2020-01-01' where topic = $1", [topic]);
    await first.append([{ topic, key: 'k', value: 'new' }]);
    await pool.query("insert into event_log.group_position values ('slow', $1, 0, 1)", [topic]);

    const said: Record<string, unknown>[] = [];
    const logger: StructuredLog = { ...silentLog, warn: (fields) => said.push(fields) };
    await open({ logger }).ping();
    expect(said).toEqual([
      {
        event: 'log.retention_held',
        table: 'batch_20200101',
        behind: [{ group: 'slow', topic, partition: 0, nextOffset: 1 }],
      },
    ]);
    expect(await first.lag('slow', [topic])).toMatchObject([{ beginOffset: 0, endOffset: 3 }]);

    await pool.query('update event_log.group_position set next_offset = 2');
    await open().ping();
    expect(await first.lag('slow', [topic])).toMatchObject([{ beginOffset: 2, endOffset: 3 }]);
    const { rows } = await pool.query("select to_regclass('event_log.batch_20200101') as table");
    expect(rows).toEqual([{ table: null }]);
  });
});

describe('records that a transaction appends itself', () => {
  const started: Outbox[] = [];
  const schema = 'appender';

  beforeAll(async () => {
    await runMigrations(pool, { schema, directories: [consumerMigrations] });
    await pool.query('create table appender.account (id int primary key, amount int not null)');
    await pool.query('insert into appender.account values (1, 0), (2, 0)');
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((outbox) => outbox.stop()));
  });

  async function start(partitions: number, options: Partial<PostgresEventLogOptions> = {}) {
    const log = open(options);
    const topic = `t-${randomUUID()}`;
    await log.ensureTopics([{ name: topic, partitions }]);
    const outbox = startOutbox({ pool, schema, log, logger: silentLog });
    started.push(outbox);
    const record = (partition: number, text: string) => ({
      topic,
      key: 'k',
      partition,
      value: (position: unknown) => JSON.stringify({ text, position }),
    });
    const ends = async () => (await log.lag('readers', [topic])).map(({ endOffset }) => endOffset);
    return { log, topic, outbox, record, ends };
  }

  async function readAll(log: EventLog, topic: string, count: number): Promise<string[][]> {
    const texts: string[][] = [];
    const subscription = await log.subscribe({
      group: randomUUID(),
      topics: [topic],
      loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
      handle: ({ partition, records }) => {
        const values = records.map(({ value }) => (JSON.parse(value) as { text: string }).text);
        texts[partition] = [...(texts[partition] ?? []), ...values];
        return Promise.resolve();
      },
      onProblem: failOnProblem,
    });
    await until('all is read', () => texts.flat().length >= count);
    await subscription.stop();
    return texts;
  }

  test('are in the log with its commit, in their order, without a position, and not in the outbox', async () => {
    const { log, topic, outbox, record, ends } = await start(2);
    await inTransaction(pool, async (client) => {
      await outbox.write(client, 's', [record(1, 'a'), record(0, 'b')]);
      await outbox.write(client, 's', [record(1, 'c')]);
      expect(await ends()).toEqual([0, 0]);
    });
    expect(await ends()).toEqual([1, 2]);
    expect(await readAll(log, topic, 3)).toEqual([['b'], ['a', 'c']]);
    const { rows } = await pool.query(`select from ${schema}.outbox`);
    expect(rows).toHaveLength(0);
  });

  test('are gone with a transaction that is rolled back, and the next one of the connection has its own only', async () => {
    const { log, topic, outbox, record, ends } = await start(1);
    const failing = inTransaction(pool, async (client) => {
      await outbox.write(client, 's', [record(0, 'lost')]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await ends()).toEqual([0]);
    await inTransaction(pool, (client) => outbox.write(client, 's', [record(0, 'kept')]));
    expect(await readAll(log, topic, 1)).toEqual([['kept']]);
  });

  test('reach readers with the commit, long before they would poll', async () => {
    const { log, topic, outbox, record } = await start(1, { pollMs: 600_000 });
    const seen: string[] = [];
    const subscription = await log.subscribe({
      group: topic,
      topics: [topic],
      loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
      handle: ({ records }) => Promise.resolve(void seen.push(...records.map(({ value }) => value))),
      onProblem: failOnProblem,
    });
    for (let number = 0; number < 5; number++) {
      await inTransaction(pool, (client) => outbox.write(client, 's', [record(0, `${number}`)]));
      await until('it is read', () => seen.length === number + 1);
    }
    await subscription.stop();
  });

  test('have offsets without gaps whatever commits beside them, and no transaction waits in a circle', async () => {
    const { log, topic, outbox, record, ends } = await start(2);
    let attempts = 0;
    const transfer = async (writer: number, round: number): Promise<void> => {
      await retryTransaction(pool, async (client) => {
        attempts++;
        // Writers append in opposite orders, before a lock that they share as well as after it.
        const partitions = writer % 2 === 0 ? [0, 1] : [1, 0];
        const text = `${writer}:${round}`;
        await outbox.write(client, 's', [record(partitions[0] ?? 0, text)]);
        await client.query(`update ${schema}.account set amount = amount + 1 where id = 1`);
        await client.query('select pg_sleep(0.001)');
        await outbox.write(client, 's', [record(partitions[1] ?? 0, text)]);
      });
    };
    const rounds = 10;
    const writers = [0, 1, 2, 3];
    await Promise.all(
      writers.map(async (writer) => {
        for (let round = 0; round < rounds; round++) await transfer(writer, round);
      }),
    );
    const total = writers.length * rounds;
    expect(attempts).toBe(total);
    expect(await ends()).toEqual([total, total]);
    const [first = [], second = []] = await readAll(log, topic, 2 * total);
    // One order of commits, seen by both partitions.
    expect(second).toEqual(first);
    for (const writer of writers) {
      const own = first.filter((text) => text.startsWith(`${writer}:`));
      expect(own).toEqual(Array.from({ length: rounds }, (_, round) => `${writer}:${round}`));
    }
  });

  test('wait for the table of a day that was not made in time', async () => {
    const { outbox, record, ends } = await start(1);
    const { rows } = await pool.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'event_log.batch'::regclass",
    );
    for (const { name } of rows) await pool.query(`drop table ${name}`);
    await retryTransaction(pool, (client) => outbox.write(client, 's', [record(0, 'a')]));
    expect(await ends()).toEqual([1]);
  });

  test('are sent by the relay where another log left them', async () => {
    const { log, topic, record } = await start(1);
    const other = { ...log };
    delete other.appendInTransaction;
    const former = startOutbox({ pool, schema, log: other, logger: silentLog });
    await former.stop();
    await inTransaction(pool, (client) => former.write(client, 's', [record(0, 'left')]));
    const outbox = startOutbox({ pool, schema, log, logger: silentLog });
    started.push(outbox);
    expect(await readAll(log, topic, 1)).toEqual([['left']]);
  });
});
