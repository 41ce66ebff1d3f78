/** A process for the contract suite to kill. Arguments: what to do, the log's configuration, and what it is about. */
import { silentLog } from '@throughline/postgres';
import {
  consumeInTransaction,
  createConsumerWatch,
  loadConsumerPosition,
  runConsumer,
  startOutboxRelay,
  type Consumer,
} from '../src/index.ts';
import { openLog, type LogConfiguration } from './open-log.ts';

const [task, configuration = '', topic = '', schema = 'consumer'] = process.argv.slice(2);
const { log, pool } = openLog(
  { ...(JSON.parse(configuration) as LogConfiguration), idleInTransactionTimeoutMs: 1_000 },
  `child-${process.pid}`,
);

/** Appends until it is killed, and prints the number of each record once it is acknowledged. */
async function appendForEver(): Promise<void> {
  let number = 0;
  const appendOneByOne = async (): Promise<void> => {
    for (;;) {
      const mine = number++;
      await log.append([{ topic, key: `key ${mine % 7}`, value: JSON.stringify({ number: mine }) }]);
      process.stdout.write(`${mine}\n`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, appendOneByOne));
}

/** Consumes slowly, each batch in a transaction, and prints a line for each; after some of them it hangs in the next one. */
async function consume(hangsAfter: number): Promise<void> {
  let batches = 0;
  const group = 'readers';
  await log.subscribe({
    group,
    topics: [topic],
    maxBatchRecords: 10,
    loadPosition: (_topic, partition) => loadConsumerPosition(pool, { schema, group }, topic, partition),
    async handle(batch) {
      await consumeInTransaction(pool, { schema, group, batches: [batch] }, async ({ client, records }) => {
        const values = records.map((record) => record.value);
        await client.query(`insert into ${schema}.effect (value) select unnest($1::text[])`, [values]);
        process.stdout.write(`${records.length}\n`);
        if (++batches > hangsAfter) await new Promise<never>(() => {});
        await client.query('select pg_sleep(0.02)');
      });
    },
    // Frozen and thawed by the test, it has lost its sessions: expected.
    onProblem: () => {},
  });
}

/** Sends the outbox, and dies by its own hand after the second append is acknowledged, before it is noted. */
function relayAndDie(): void {
  let appends = 0;
  startOutboxRelay({
    pool,
    schema,
    logger: silentLog,
    log: {
      ...log,
      async appendToPartition(...call) {
        await log.appendToPartition(...call);
        if (++appends === 2) process.kill(process.pid, 'SIGKILL');
      },
    },
  });
}

/** Consumes, and dies by its own hand in the transaction of a record with the value `deadly`, as one out of memory would. */
async function runAndDie(): Promise<void> {
  const watch = createConsumerWatch({ pool, schema, log, logger: silentLog, hasOutbox: false });
  const consumer: Consumer<string, void> = {
    schema,
    group: 'mortals',
    topic,
    maxRecords: 10,
    parse: (record) => ({ kind: 'readable', value: record.value }),
    async handle({ client, records }) {
      await client.query(`insert into ${schema}.effect (value) select unnest($1::text[])`, [records]);
      if (records.includes('deadly')) process.kill(process.pid, 'SIGKILL');
    },
    report: ({ records }) => process.stdout.write(`${records.length}\n`),
  };
  await runConsumer(consumer, { pool, watch, logger: silentLog, loggableId: (id) => id });
}

if (task === 'append') await appendForEver();
else if (task === 'consume') await consume(Infinity);
else if (task === 'consume-some') await consume(5);
else if (task === 'relay') relayAndDie();
else if (task === 'run') await runAndDie();
else throw new Error(`no such task: ${task}`);
