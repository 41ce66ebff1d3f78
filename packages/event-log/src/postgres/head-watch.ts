/**
 * Knows when a partition has something new. Notifications are hints that make it quick; a poll makes it certain. One
 * of each serves all subscriptions of a process.
 */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import { requireReachable } from '../log-halt.ts';
import type { AppendedHead } from './append-batches.ts';

export interface HeadWatchOptions {
  pool: Pool;
  schema: string;
  pollMs: number;
  log: StructuredLog;
  /** A group's members came or went. */
  onGroupChange: (group: string) => void;
}

interface Waiter {
  topic: string;
  partition: number;
  nextOffset: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export interface PartitionHead {
  topic: string;
  partition: number;
  beginOffset: number;
  endOffset: number;
}

/** Least time between two notifications of one process. */
const notifyIntervalMs = 5;

export class HeadWatch {
  readonly #options: HeadWatchOptions;
  /** The highest end that was notified of each partition: a hint. */
  readonly #ends = new Map<string, number>();
  readonly #waiters = new Set<Waiter>();
  /** Members whose advisory locks the listening connection is to hold. */
  readonly #guarded = new Set<string>();
  #listener: PoolClient | undefined;
  #listening: Promise<void> | undefined;
  /** A client takes one query at a time, and consumers start together. */
  #asked: Promise<unknown> = Promise.resolve();
  #pollTimer: NodeJS.Timeout | undefined;
  #unsaid = new Map<string, AppendedHead>();
  #notifyTimer: NodeJS.Timeout | undefined;
  #lastNotify = -Infinity;
  #started = false;
  #closed = false;

  constructor(options: HeadWatchOptions) {
    this.#options = options;
  }

  /** Begins to listen and poll; needed by readers only. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#listening = this.#listen();
    this.#schedulePoll();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#notifyTimer);
    this.#listener?.release(true);
    this.#listener = undefined;
    if (this.#unsaid.size > 0) await this.#sayUnsaid();
  }

  /** Whether more than `nextOffset` is known to be there. A hint: right now it may not be. */
  hasBeyond(topic: string, partition: number, nextOffset: number): boolean {
    return (this.#ends.get(`${topic}/${partition}`) ?? 0) > nextOffset;
  }

  /** The hint turned out wrong. */
  forget(topic: string, partition: number): void {
    this.#ends.delete(`${topic}/${partition}`);
  }

  /** This process has appended: its own readers learn at once, others by a notification soon after. */
  announce(heads: readonly AppendedHead[]): void {
    this.#learn(heads);
    for (const head of heads) this.#unsaid.set(`${head.topic}/${head.partition}`, head);
    if (this.#closed || this.#notifyTimer !== undefined) return;
    const waitMs = this.#lastNotify + notifyIntervalMs - performance.now();
    if (waitMs <= 0) void this.#sayUnsaid();
    else this.#notifyTimer = setTimeout(() => void this.#sayUnsaid(), waitMs);
  }

  /**
   * Locks a member's name on the listening connection for as long as this process lives, so that others see at once
   * when it was killed. Should that connection break, the lease alone has to do until there is another.
   */
  async guard(member: string): Promise<void> {
    this.#guarded.add(member);
    await this.#listening;
    await this.#lockNames(this.#listener, [member]).catch(() => {});
  }

  isGuarded(member: string): boolean {
    return this.#listener !== undefined && this.#guarded.has(member);
  }

  async unguard(member: string): Promise<void> {
    if (!this.#guarded.delete(member)) return;
    await this.#ask(this.#listener, 'select pg_advisory_unlock(hashtext($1), hashtext($2))', member).catch(
      () => {},
    );
  }

  async #lockNames(client: PoolClient | undefined, members: readonly string[]): Promise<void> {
    const text = 'select pg_advisory_lock(hashtext($1), hashtext(member)) from unnest($2::text[]) member';
    await this.#ask(client, text, members);
  }

  /** @param text has the schema as its first parameter */
  async #ask(client: PoolClient | undefined, text: string, parameter: unknown): Promise<void> {
    const asked = this.#asked.then(() => client?.query(text, [this.#options.schema, parameter]));
    this.#asked = asked.catch(() => {});
    await asked;
  }

  async announceGroupChange(group: string): Promise<void> {
    await this.#notify({ group });
  }

  /**
   * Resolves when there may be records from `nextOffset` on. Rejects with `LogHalt` when a poll finds that the log
   * begins above or ends below, and with the signal's reason when it is aborted.
   */
  async wait(topic: string, partition: number, nextOffset: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.hasBeyond(topic, partition, nextOffset)) return;
    let onAbort: (() => void) | undefined;
    let waiter: Waiter | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { topic, partition, nextOffset, resolve, reject };
        this.#waiters.add(waiter);
        onAbort = () => reject(signal.reason as Error);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }

  #learn(heads: readonly AppendedHead[]): void {
    for (const { topic, partition, nextOffset } of heads) {
      const key = `${topic}/${partition}`;
      if (nextOffset > (this.#ends.get(key) ?? 0)) this.#ends.set(key, nextOffset);
    }
    for (const waiter of this.#waiters) {
      if (this.hasBeyond(waiter.topic, waiter.partition, waiter.nextOffset)) waiter.resolve();
    }
  }

  #schedulePoll(): void {
    if (this.#closed) return;
    this.#pollTimer = setTimeout(() => {
      void this.#poll().finally(() => this.#schedulePoll());
    }, this.#options.pollMs);
  }

  async #poll(): Promise<void> {
    const waiting = [...this.#waiters];
    if (waiting.length === 0) return;
    try {
      const { pool, schema } = this.#options;
      const heads = await loadHeads(pool, schema, [...new Set(waiting.map((waiter) => waiter.topic))]);
      for (const waiter of waiting) {
        const head = heads.find((one) => one.topic === waiter.topic && one.partition === waiter.partition);
        if (head === undefined) continue;
        try {
          requireReachable(waiter.nextOffset, head.beginOffset, head.endOffset);
          if (head.endOffset > waiter.nextOffset) waiter.resolve();
        } catch (halt) {
          waiter.reject(halt);
        }
      }
    } catch (error) {
      for (const waiter of waiting) waiter.reject(error);
    }
  }

  async #listen(): Promise<void> {
    const { pool, schema } = this.#options;
    try {
      const client = await pool.connect();
      if (this.#closed) {
        client.release(true);
        return;
      }
      client.on('notification', (message) => this.#readNotification(message.payload ?? ''));
      client.once('error', (error) => {
        if (this.#listener !== client) return;
        this.#listener = undefined;
        client.release(error);
        this.#listenAgain(error);
      });
      try {
        await client.query(`listen ${schema}`);
        await this.#lockNames(client, [...this.#guarded]);
      } catch (error) {
        client.release(true);
        throw error;
      }
      this.#listener = client;
    } catch (error) {
      this.#listenAgain(error);
    }
  }

  #listenAgain(reason: unknown): void {
    if (this.#closed) return;
    this.#options.log.warn(
      { event: 'log.listen_failed', err: reason },
      'the event log only polls, until it listens again',
    );
    setTimeout(() => void (this.#closed || this.#listen()), 1_000).unref();
  }

  /** Anybody with a connection may notify: what cannot be read is passed over. */
  #readNotification(payload: string): void {
    try {
      const message = JSON.parse(payload) as { group?: string; heads?: [string, number, number][] };
      if (message.group !== undefined) this.#options.onGroupChange(message.group);
      this.#learn(
        (message.heads ?? []).map(([topic, partition, nextOffset]) => ({ topic, partition, nextOffset })),
      );
    } catch {
      // Not ours.
    }
  }

  async #sayUnsaid(): Promise<void> {
    clearTimeout(this.#notifyTimer);
    this.#notifyTimer = undefined;
    this.#lastNotify = performance.now();
    // A notification takes 8,000 bytes; readers of partitions that are not named learn by polling.
    const heads = [...this.#unsaid.values()].slice(0, 50);
    this.#unsaid = new Map();
    await this.#notify({ heads: heads.map((head) => [head.topic, head.partition, head.nextOffset]) });
  }

  /**
   * Apart from the append: commits that notify queue behind one lock for the whole server, held over their flush to
   * disk. This one need not be durable.
   */
  async #notify(message: unknown): Promise<void> {
    await this.#options.pool
      .query("select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)", [
        this.#options.schema,
        JSON.stringify(message),
      ])
      .catch(() => {});
  }
}

export async function loadHeads(
  pool: Pool,
  schema: string,
  topics: readonly string[],
): Promise<PartitionHead[]> {
  const { rows } = await pool.query<PartitionHead>({
    name: `heads_${schema}`,
    text: `select topic, partition, begin_offset as "beginOffset", next_offset as "endOffset"
           from ${schema}.partition_head where topic = any($1::text[]) order by topic, partition`,
    values: [topics],
  });
  return rows;
}
