/**
 * How a consumer's outgoing records leave with its transaction. A log in the same database takes them in the transaction
 * itself; for any other they are rows of the outbox, which a relay carries to the log.
 */
import { openTransactionOf, type OpenTransaction } from '@throughline/postgres';
import { mapInSlices } from '@throughline/timing';
import type { PoolClient } from 'pg';
import type { PlacedRecord } from '../port.ts';
import { startOutboxRelay, type OutboxRelay, type OutboxRelayOptions } from './start-outbox-relay.ts';
import { writeOutbox, type OutboxRecord } from './write-outbox.ts';

export interface Outbox extends OutboxRelay {
  /**
   * Of a client in `inTransaction` or `retryTransaction`. Records of one shard keep their order, in each partition.
   * @param shard writers of one wait for each other, from here to their commit, where there is a relay
   */
  write(client: PoolClient, shard: string, records: readonly OutboxRecord[]): Promise<void>;
}

/** For rows that were left by a process with another log. */
const leftRowsPollMs = 5_000;

export function startOutbox(options: OutboxRelayOptions): Outbox {
  const { schema, log } = options;
  if (log.appendInTransaction === undefined) {
    const relay = startOutboxRelay(options);
    return {
      ...relay,
      async write(client, shard, records) {
        await writeOutbox(client, { schema, shard, records });
      },
    };
  }
  const relay = startOutboxRelay({ ...options, pollMs: leftRowsPollMs });
  const append = log.appendInTransaction.bind(log);
  /** What the open transactions have to append: in one step each, so that they lock the heads in one order. */
  const pending = new WeakMap<OpenTransaction, PlacedRecord[]>();
  return {
    // The commit has notified the readers.
    nudge: () => {},
    stop: () => relay.stop(),
    async write(client, _shard, records) {
      if (records.length === 0) return;
      const placed = await mapInSlices(records, ({ value, ...record }) => ({
        ...record,
        value: value(null),
      }));
      const transaction = openTransactionOf(client);
      const gathered = pending.get(transaction);
      if (gathered !== undefined) {
        gathered.push(...placed);
        return;
      }
      pending.set(transaction, placed);
      transaction.runLast(() => append(client, placed));
    },
  };
}
