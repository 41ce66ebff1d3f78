/** Defects to plant, one at a time, so that the fault runs and tests are seen to fail. */

export interface Mutant {
  name: string;
  file: string;
  /** Stands in the file exactly once. */
  from: string;
  to: string;
  /** Arguments of Node, in the checkout. */
  run: readonly string[];
  /** What the run must say when it fails: failing for another reason does not count. */
  caughtBy: RegExp;
}

const faultRun = (scenario: string): string[] => [
  'infra/faults/src/main.ts',
  scenario,
  '--touchpoints',
  '1500',
  '--seconds',
  '20',
];
const tests = (file: string): string[] => ['node_modules/vitest/vitest.mjs', 'run', file];

const contract = tests('packages/event-log/test/integration/postgres-contract.int.test.ts');

export const mutants: readonly Mutant[] = [
  {
    name: 'acknowledged before it is durable',
    file: 'services/ingest/src/receive/receive-items.ts',
    from: 'await appendShares.within(request.trust, records, () => log.append(records));',
    to: 'void appendShares.within(request.trust, records, () => log.append(records)).catch(() => {});',
    run: faultRun('brokers'),
    caughtBy: /lacks \d+|with two brokers down/,
  },
  {
    name: 'acknowledged although a partition was not answered for',
    file: 'packages/event-log/src/kafka/kafka-producer.ts',
    from: '!acknowledged.has(name)',
    to: "name === ''",
    run: tests('packages/event-log/test/unit/kafka-producer.unit.test.ts'),
    caughtBy: /not answered for/,
  },
  {
    name: 'no fence',
    file: 'packages/event-log/src/consumer/consume-in-transaction.ts',
    from: 'record.offset >= nextOffset',
    to: 'record.offset >= 0',
    run: contract,
    caughtBy: /each effect once/,
  },
  {
    name: 'a fence that is not locked',
    file: 'packages/event-log/src/consumer/consume-in-transaction.ts',
    from: 'order by partition for update`',
    to: 'order by partition`',
    run: contract,
    caughtBy: /each effect (exactly )?once/,
  },
  {
    name: 'a restored offset that is ignored',
    file: 'packages/event-log/src/consumer/consume-in-transaction.ts',
    from: 'nextOffset < fromOffset',
    to: 'nextOffset < 0',
    run: contract,
    caughtBy: /restored database/,
  },
  {
    name: 'no watermark',
    file: 'packages/event-log/src/consumer/drop-repeats.ts',
    from: 'position.sequence <= (after.get(place) ?? 0)',
    to: 'position.sequence < 0',
    run: contract,
    caughtBy: /received once/,
  },
  {
    name: 'a log that was truncated is read on',
    file: 'packages/event-log/src/log-halt.ts',
    from: 'nextOffset < beginOffset',
    to: 'nextOffset < 0',
    run: faultRun('truncated'),
    caughtBy: /did not say that it halted|skipped ahead/,
  },
  {
    name: 'another log of the same name is read on',
    file: 'packages/event-log/src/consume-partition.ts',
    from: 'recordFingerprint(first) === lastRecord',
    to: "lastRecord !== ''",
    run: tests('packages/event-log/test/integration/kafka-topic-created-again.int.test.ts'),
    caughtBy: /read on as if it were the old one/,
  },
  {
    name: 'outbox sequences that start over with a restored database',
    file: 'packages/event-log/src/consumer/write-outbox.ts',
    from: "'(extract(epoch from clock_timestamp()) * 1000000)::bigint'",
    to: "'0'",
    run: faultRun('restore'),
    caughtBy: /lacks \d+|growth of|touchpoints, not/,
  },
];
