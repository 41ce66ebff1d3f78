/** A relay that sends nothing is a stall: rows wait, and the log has to say so. */
import { randomUUID } from 'node:crypto';
import { inTransaction, runMigrations, silentLog } from '@throughline/postgres';
import { createTestDatabase, type TestDatabase, until } from '@throughline/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  consumerMigrations,
  createConsumerWatch,
  createPostgresEventLog,
  findOutboxBacklog,
  captureOutboxTail,
  startOutboxRelay,
  writeOutbox,
  type EventLog,
} from '../../src/index.ts';
import { openPool } from '../open-log.ts';

const schema = 'sender';
let database: TestDatabase;
let pool: Pool;
let log: EventLog;
let topic: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool(database.connectionString);
  await runMigrations(pool, { schema, directories: [consumerMigrations] });
  log = createPostgresEventLog({ pool, instanceId: 'test', logger: silentLog });
  topic = `t-${randomUUID()}`;
  await log.ensureTopics([{ name: topic, partitions: 1 }]);
});

afterAll(async () => {
  await log.close();
  await pool.end();
  await database.drop();
});

const write = (shard: string, count: number) =>
  inTransaction(pool, (client) =>
    writeOutbox(client, {
      schema,
      shard,
      records: Array.from({ length: count }, (_, number) => ({
        topic,
        key: 'k',
        partition: 0,
        value: () => String(number),
      })),
    }),
  );

describe('the outbox', () => {
  test('is empty, and says so, where nothing was ever written', async () => {
    expect(await findOutboxBacklog(pool, schema)).toEqual({ rows: 0, records: 0, oldestMs: 0, oldest: '' });
  });

  test('that is not sent is reported, with what waits; and that it is sent again', async () => {
    const events: Record<string, unknown>[] = [];
    const say = (fields: Record<string, unknown>) => void events.push(fields);
    const watch = createConsumerWatch({
      pool,
      schema,
      log,
      logger: { info: say, warn: say, error: say },
      hasOutbox: true,
      lookIntervalMs: 20,
      stallAfterMs: 150,
    });
    await write('a', 3);
    await write('b', 1);
    await write('a', 2);
    await until('it is reported', () => events.some(({ event }) => event === 'outbox.stalled'));
    expect(events[0]).toMatchObject({ event: 'outbox.stalled', schema, rows: 3, records: 6 });
    const report = watch.report().outbox;
    expect(report).toMatchObject({ schema, rows: 3, records: 6, isStalled: true });
    expect(report?.oldestSeconds).toBeGreaterThan(0.1);

    const isSent = await captureOutboxTail(pool, schema);
    expect(await isSent()).toBe(false);
    const relay = startOutboxRelay({ pool, schema, log, logger: silentLog });
    await until('it is reported again', () => events.some(({ event }) => event === 'outbox.recovered'));
    await until('nothing waits', () => watch.report().outbox?.rows === 0);
    expect(watch.report().outbox).toEqual({
      schema,
      rows: 0,
      records: 0,
      oldestSeconds: 0,
      isStalled: false,
    });
    expect(await isSent()).toBe(true);
    await relay.stop();
    await watch.stop();
    expect(await (await captureOutboxTail(pool, schema))()).toBe(true);
  });
});
