/** The event log on a broker that asks who is there, and what it says of one that is wrong. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  consumeInTransaction,
  consumerMigrations,
  loadConsumerPosition,
  startOutboxRelay,
  writeOutbox,
  type EventLog,
  type KafkaConnection,
  type KafkaLogin,
} from '@throughline/event-log';
import { createKafkaEventLog } from '@throughline/event-log/kafka';
import { createPool, inTransaction, runMigrations } from '@throughline/postgres';
import { canStartBrokers, createTestDatabase, type TestDatabase } from '@throughline/testkit';
import {
  AclOperationTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  type Admin,
} from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSecuredCluster, stopCluster, type SecuredCluster } from '../src/index.ts';
import { closeServers, listen, listenLater } from './listen-later.ts';
import { LogLines } from './log-lines.ts';
import { grant, grantServiceRights } from './rights.ts';

/** `service` has the rights that infra/docs/deployment.md lists, `stranger` none. */
const passwords = { operator: 'operator-word', service: 'service-word', stranger: 'stranger-word' };
const wrongPassword = 'wrong-word';
/** A busy machine meets it too: what fails here is wrong, not slow. */
const patience = { timeout: 120_000, interval: 100 };

let directory: string;
let cluster: SecuredCluster;
let admin: Admin;
let database: TestDatabase;
const logs: EventLog[] = [];

describe.runIf(canStartBrokers())('on a secured broker', () => {
  beforeAll(async () => {
    directory = join(mkdtempSync(join(tmpdir(), 'throughline-kafka-')), 'kafka');
    [database, cluster] = await Promise.all([
      createTestDatabase(),
      startSecuredCluster(directory, [
        { name: 'operator', password: passwords.operator, mechanism: 'PLAIN', isSuperUser: true },
        { name: 'stranger', password: passwords.stranger, mechanism: 'PLAIN' },
        { name: 'service', password: passwords.service, mechanism: 'SCRAM-SHA-256' },
      ]),
    ]);
    admin = new Kafka({
      brokers: [cluster.plain],
      connectionTimeout: 10_000,
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    await grantServiceRights(admin);
  });

  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.close()));
    closeServers();
  });

  afterAll(async () => {
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- not set when the set-up failed
    await admin?.disconnect();
    await stopCluster(directory);
    rmSync(join(directory, '..'), { recursive: true, force: true });
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- not set when the set-up failed
    await database?.drop();
  });

  test('a user with the documented rights appends, consumes, relays, and sees its lag, over TLS', async () => {
    await createTopic('v1.touchpoints', { numPartitions: 2 });
    const { log, lines } = open(overTls(login('service')));
    await log.ensureTopics([
      { name: 'v1.touchpoints', partitions: 2 },
      { name: 'v1.made', partitions: 1 },
    ]);
    const pool = createPool({
      connectionString: database.connectionString,
      applicationName: 'test',
      onError: () => {},
    });
    const schema = 'receiver';
    await runMigrations(pool, { schema, directories: [consumerMigrations] });
    const relay = startOutboxRelay({ pool, schema, log, logger: lines });

    await log.append(
      [0, 1, 2].map((number) => ({ topic: 'v1.touchpoints', key: `${number}`, value: `${number}` })),
    );
    await inTransaction(pool, (client) =>
      writeOutbox(client, {
        schema,
        shard: 'a',
        records: [{ topic: 'v1.touchpoints', key: 'relayed', partition: 1, value: () => '3' }],
      }),
    );
    relay.nudge();
    const seen: string[] = [];
    const group = 'v1.receivers';
    const problems: unknown[] = [];
    const subscription = await log.subscribe({
      group,
      topics: ['v1.touchpoints'],
      loadPosition: (topic, partition) => loadConsumerPosition(pool, { schema, group }, topic, partition),
      handle: async (batch) => {
        await consumeInTransaction(pool, { schema, group, batches: [batch] }, ({ records }) => {
          seen.push(...records.map(({ value }) => value));
          return Promise.resolve();
        });
      },
      onProblem: (problem) => problems.push(problem),
    });
    await expect.poll(() => seen.toSorted(), patience).toEqual(['0', '1', '2', '3']);
    const behind = async (): Promise<number> =>
      (await log.lag(group, ['v1.touchpoints'])).reduce(
        (sum, { endOffset, nextOffset }) => sum + endOffset - (nextOffset ?? 0),
        0,
      );
    await expect.poll(behind, patience).toBe(0);
    await log.ping();
    expect(problems).toEqual([]);
    expect(lines.events('log.topic_unsafe')).toEqual([]);
    await subscription.stop();
    await relay.stop();
    await pool.end();
  });

  test('a plain password over TLS, and a certificate of the client, are let in', async () => {
    await createTopic('v1.doors');
    for (const connection of [overTls(login('operator')), mutual()]) {
      const { log } = open(connection);
      await log.append([{ topic: 'v1.doors', key: 'k', value: 'v' }]);
    }
    expect((await admin.fetchTopicOffsets('v1.doors'))[0]?.high).toBe('2');
  });

  // Names of functions, since the broker is not there when the table is read.
  const wrongSettings: readonly (readonly [string, () => KafkaConnection, string])[] = [
    ['TLS to a listener without', () => ({ ...overTls(), brokers: [cluster.plain] }), 'tls_mismatch'],
    [
      'a certificate of an unknown authority',
      () => ({ brokers: [cluster.sasl], tls: {} }),
      'certificate_not_trusted',
    ],
    [
      'a certificate for another name',
      () => ({ ...overTls(), brokers: [cluster.sasl.replace('127.0.0.1', 'localhost')] }),
      'certificate_other_name',
    ],
    [
      'no certificate of the client',
      () => ({ ...overTls(), brokers: [cluster.mutual] }),
      'client_certificate_refused',
    ],
    ['a wrong password', () => overTls({ ...login('operator'), password: wrongPassword }), 'sasl_refused'],
    [
      'a wrong SCRAM password',
      () => overTls({ ...login('service'), password: wrongPassword }),
      'sasl_refused',
    ],
    [
      'a mechanism that is not offered',
      () => overTls({ ...login('service'), mechanism: 'scram-sha-512' }),
      'sasl_mechanism_not_offered',
    ],
    [
      'a login where none is asked for',
      () => ({ brokers: [cluster.plain], sasl: login('operator') }),
      'sasl_not_expected',
    ],
    ['a user without rights', () => overTls(login('stranger')), 'topic_not_authorized'],
  ];

  test.each(wrongSettings)(
    '%s ends the start, and says so without a password',
    async (_case, connection, kind) => {
      const { log, lines } = open(connection());
      const failure = await log
        .ensureTopics([{ name: 'v1.unmade', partitions: 1 }])
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'log_unavailable', cause: { name: 'LogFailure', code: kind } });
      expect(lines.events('log.waiting')).toEqual([]);
      const words = JSON.stringify([lines.all, (failure as Error).message, String((failure as Error).cause)]);
      for (const word of [...Object.values(passwords), wrongPassword]) expect(words).not.toContain(word);
      // One for what is wrong, not one for each attempt.
      expect(lines.all.length).toBeLessThanOrEqual(2);
    },
  );

  test('the certificate is checked also where Node is configured not to', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { log } = open({ ...overTls(login('operator')), tls: {} });
    await expect(log.ping()).rejects.toMatchObject({ cause: { code: 'certificate_not_trusted' } });
    vi.unstubAllEnvs();
  });

  const passing: readonly (readonly [string, () => Promise<KafkaConnection> | KafkaConnection, string])[] = [
    ['nothing that listens', () => ({ brokers: ['127.0.0.1:1'] }), 'unreachable'],
    ['a name that does not resolve', () => ({ brokers: ['kafka.invalid:9092'] }), 'unknown_host'],
    ['a listener that wants TLS', () => ({ brokers: [cluster.sasl] }), 'connection_closed'],
    ['a listener that wants a login', () => ({ ...overTls(), brokers: [cluster.sasl] }), 'connection_closed'],
    [
      'what is not Kafka',
      async () => ({ brokers: [await listen((socket) => socket.end('HTTP/1.1 400\r\n\r\n'))] }),
      'connection_closed',
    ],
    ['what never answers', async () => ({ brokers: [await listen(() => {})] }), 'no_answer'],
    [
      'fewer brokers than were named',
      () => ({ brokers: [cluster.plain, '127.0.0.1:1', '127.0.0.1:2'] }),
      'too_few_brokers',
    ],
  ];

  test.each(passing)('%s is waited for, and reported', async (_case, connection, kind) => {
    const { log, lines } = open(await connection());
    const ensured = log.ensureTopics([{ name: 'v1.unmade', partitions: 1 }]).catch((error: unknown) => error);
    // On a busy machine an answer may be late before.
    const kinds = () => lines.events('log.waiting').map((line) => line['kind']);
    await expect.poll(kinds, patience).toContain(kind);
    if (kind !== 'too_few_brokers') {
      await expect(log.ping()).rejects.toMatchObject({ code: 'log_unavailable', cause: { code: kind } });
    }
    await log.close();
    expect(await ensured).toMatchObject({ code: 'log_unavailable', cause: { code: kind } });
  });

  test('a start that waits continues when the broker is there', async () => {
    const [address, begin] = await listenLater((socket) => {
      const [host = '', port] = cluster.plain.split(':');
      const broker = connect(Number(port), host);
      socket.pipe(broker).pipe(socket);
      for (const one of [socket, broker]) one.on('error', () => {});
    });
    const { log, lines } = open({ brokers: [address] });
    const ensured = log.ensureTopics([{ name: 'v1.waited', partitions: 1 }]);
    await expect.poll(() => lines.events('log.waiting').length, patience).toBe(1);
    await begin();
    await ensured;
    expect(await admin.listTopics()).toContain('v1.waited');
  });

  test('without the right to append, to read or to join, each says which right', async () => {
    await createTopic('others.topic');
    const { log, lines } = open(overTls(login('stranger')));
    const denied = (kind: string) => ({ code: 'log_unavailable', cause: { code: kind } });
    // Not to be seen is as not to exist.
    await expect(log.append([{ topic: 'others.topic', key: '', value: '' }])).rejects.toMatchObject(
      denied('topic_missing'),
    );
    await grant(admin, 'stranger', 'others.topic', AclOperationTypes.DESCRIBE);
    const refusal = (): Promise<unknown> =>
      log.append([{ topic: 'others.topic', key: '', value: '' }]).catch((error: unknown) => error);
    await expect.poll(refusal, patience).toMatchObject(denied('topic_not_authorized'));
    await expect(log.lag('others', ['others.topic'])).rejects.toMatchObject(denied('coordinator_missing'));
    const subscribed = log.subscribe({
      group: 'others',
      topics: ['others.topic'],
      loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
      handle: () => Promise.resolve(),
      onProblem: () => {},
    });
    const waiting = (): unknown => lines.events('log.waiting')[0]?.['kind'];
    await expect.poll(waiting, patience).toBe('coordinator_missing');
    expect(lines.events('log.kafka_client').map((line) => line['kind'])).toContain('group_not_authorized');
    await grant(admin, 'stranger', 'others', AclOperationTypes.READ, AclResourceTypes.GROUP);
    await grant(admin, 'stranger', 'others.topic', AclOperationTypes.READ);
    const subscription = await subscribed;
    await expect.poll(() => subscription.assigned().length, patience).toBeGreaterThan(0);
  });

  test('a topic that loses records is refused, one that might is reported', async () => {
    await createTopic('v1.compacted', {
      configEntries: [{ name: 'cleanup.policy', value: 'compact,delete' }],
    });
    const { log, lines } = open({ brokers: [cluster.plain] });
    await expect(log.ensureTopics([{ name: 'v1.compacted', partitions: 1 }])).rejects.toMatchObject({
      cause: { code: 'topic_compacted' },
    });
    await createTopic('v1.unsafe', {
      configEntries: [
        { name: 'unclean.leader.election.enable', value: 'true' },
        { name: 'max.message.bytes', value: '100000' },
      ],
    });
    await log.ensureTopics([{ name: 'v1.unsafe', partitions: 1 }]);
    expect(lines.events('log.topic_unsafe').map(({ reason }) => reason)).toEqual([
      'unclean_election',
      'small_batches',
    ]);
  });

  test('a topic is made with what the log promises', async () => {
    const { log } = open({ brokers: [cluster.plain] });
    await log.ensureTopics([{ name: 'v1.settings', partitions: 3 }]);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: 'v1.settings' }],
    });
    const entries = resources[0]?.configEntries.map(({ configName, configValue }) => [
      configName,
      configValue,
    ]);
    expect(Object.fromEntries(entries ?? [])).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '604800000',
      'retention.bytes': '-1',
      'max.compaction.lag.ms': '604800000',
      'max.message.bytes': '8388608',
      'unclean.leader.election.enable': 'false',
      'min.insync.replicas': '1',
    });
  });

  test('a record for a partition that is gone is never acknowledged', async () => {
    await createTopic('v1.shrunk', { numPartitions: 4 });
    const { log } = open({ brokers: [cluster.plain] });
    await log.appendToPartition('v1.shrunk', 3, [{ key: 'k', value: 'v' }]);
    await admin.deleteTopics({ topics: ['v1.shrunk'] });
    await expect.poll(async () => (await admin.listTopics()).includes('v1.shrunk'), patience).toBe(false);
    // It waits for leaders by asking a broker that may not know the new topic yet.
    const create = (): Promise<unknown> =>
      createTopic('v1.shrunk', { numPartitions: 1 }).then(
        () => 'created',
        (error: unknown) => error,
      );
    await expect.poll(create, patience).toBe('created');
    // Until every broker knows of the new topic, it fails for other reasons.
    const outcomes = new Set<unknown>();
    const append = async (): Promise<unknown> => {
      const outcome = await log.appendToPartition('v1.shrunk', 3, [{ key: 'k', value: 'v' }]).then(
        () => 'acknowledged',
        (error: unknown) => ((error as Error).cause as { code?: unknown }).code,
      );
      outcomes.add(outcome);
      return outcome;
    };
    await expect.poll(append, patience).toBe('partition_missing');
    expect(outcomes).not.toContain('acknowledged');
  });
});

function login(name: keyof typeof passwords): KafkaLogin {
  return {
    mechanism: name === 'service' ? 'scram-sha-256' : 'plain',
    username: name,
    password: passwords[name],
  };
}

function overTls(sasl?: KafkaLogin): KafkaConnection {
  return { brokers: [cluster.sasl], tls: { authorities: read(cluster.certificates.authority) }, sasl };
}

function mutual(): KafkaConnection {
  const { authority, clientCertificate, clientKey } = cluster.certificates;
  return {
    brokers: [cluster.mutual],
    tls: { authorities: read(authority), certificate: read(clientCertificate), key: read(clientKey) },
  };
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}

function open(connection: KafkaConnection): { log: EventLog; lines: LogLines } {
  const lines = new LogLines();
  const log = createKafkaEventLog({ ...connection, instanceId: 'test', logger: lines, reportIntervalMs: 50 });
  logs.push(log);
  return { log, lines };
}

async function createTopic(
  topic: string,
  options: { numPartitions?: number; configEntries?: { name: string; value: string }[] } = {},
): Promise<void> {
  const configEntries = [{ name: 'max.message.bytes', value: '8388608' }];
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: 1, configEntries, ...options }],
  });
}
