/** What only the Postgres adapter promises: beside the contract. */
import { randomUUID } from 'node:crypto';
import { runMigrations, silentLog, type StructuredLog } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  consumerMigrations,
  createPostgresEventLog,
  type EventLog,
  type PostgresEventLogOptions,
} from '../../src/index.ts';
import { failOnProblem, takeUnexpectedProblems, until } from '../contract/bench.ts';
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
    const leaseMs = 16_000;
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
    await until('the partition has a new owner', () => subscription.assigned().length === 1, leaseMs / 2);
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
