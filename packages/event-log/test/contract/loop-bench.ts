/** Consumers of the loop that all services consume by, for the tests of what it does. */
import { randomUUID } from 'node:crypto';
import { afterEach } from 'vitest';
import {
  createConsumerWatch,
  listDeadLetters,
  runConsumer,
  type Consumer,
  type ConsumerWatch,
  type EventLog,
  type OutboxPosition,
  type ParsedRecord,
  type RecordBatch,
  type RetryPolicy,
  type Subscription,
} from '../../src/index.ts';
import type { ContractBench } from './bench.ts';

/** A record of these tests. Without `kind` it is unreadable; `new` is a kind that a later version knows. */
interface Item {
  kind: 'known' | 'new';
  text: string;
  position?: OutboxPosition;
}

export const never: RetryPolicy = { pollMs: 20, firstMs: 3_600_000, longestMs: 3_600_000, limit: 3 };

/** Within a suite: what it starts is stopped after each test. */
export function createLoopBench(bench: ContractBench) {
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

  return { record, known, parse, saveEffects, readEffects, consume };
}
