/** One member of a group: keeps its leases alive, consumes what it owns, gives up what is more than its share. */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { consumePartition } from '../consume-partition.ts';
import { HeldReport } from '../held-report.ts';
import { requireReachable } from '../log-halt.ts';
import type { PartitionBatch, SubscribeOptions, Subscription } from '../port.ts';
import type { FetchRows } from './fetch-rows.ts';
import {
  leaveGroup,
  releaseLeases,
  renewMembership,
  type GroupMember,
  type Lease,
} from './group-membership.ts';
import { registerGroup, reportPositions, type ReportedPosition } from './group-positions.ts';
import { loadHeads, type HeadWatch } from './head-watch.ts';
import { PartitionReader } from './partition-reader.ts';

export interface PostgresSubscriptionOptions {
  pool: Pool;
  schema: string;
  member: string;
  leaseMs: number;
  haltRecheckMs: number;
  reportIntervalMs: number;
  watch: HeadWatch;
  fetch: FetchRows;
  log: StructuredLog;
  subscription: SubscribeOptions;
  onStopped: () => void;
}

interface Claim {
  lease: Lease;
  controller: AbortController;
  done: Promise<void>;
  /** Given up, but its last batch is not finished yet. */
  leaving: boolean;
}

export class PostgresSubscription implements Subscription {
  readonly #options: PostgresSubscriptionOptions;
  readonly #self: GroupMember;
  readonly #claims = new Map<string, Claim>();
  /** Former claims whose last batch still runs: a partition is never handled twice at a time in one process. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #unreported = new Map<string, ReportedPosition>();
  readonly #held: HeldReport<ReportedPosition>;
  #renewTimer: NodeJS.Timeout | undefined;
  #reportTimer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;
  #renewAgain = false;
  /** On this process' clock: past it, others may own what this member thinks is its own. */
  #validUntil = 0;
  #isStopping = false;
  #stopped: Promise<void> | undefined;

  constructor(options: PostgresSubscriptionOptions) {
    this.#options = options;
    const { pool, schema, member, leaseMs, subscription } = options;
    this.#held = new HeldReport(subscription.captureOutboxTail);
    this.#self = {
      pool,
      schema,
      member,
      leaseMs,
      group: subscription.group,
      topics: subscription.topics,
      isGuarded: () => options.watch.isGuarded(member),
    };
  }

  async start(): Promise<void> {
    const { pool, schema, subscription, watch, reportIntervalMs } = this.#options;
    await watch.guard(this.#self.member);
    await registerGroup(pool, schema, subscription.group, subscription.topics);
    await this.#renew();
    await watch.announceGroupChange(subscription.group);
    this.#reportTimer = setInterval(() => void this.#report(), reportIntervalMs);
  }

  get group(): string {
    return this.#self.group;
  }

  assigned(): readonly { topic: string; partition: number }[] {
    return [...this.#claims.values()]
      .filter((claim) => !claim.leaving)
      .map(({ lease }) => ({ topic: lease.topic, partition: lease.partition }));
  }

  /** Members came or went: do not wait for the next turn. */
  renewSoon(): void {
    if (!this.#isStopping) void this.#renew();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    // From here on nothing renews: it would bring back what is about to be deleted.
    this.#isStopping = true;
    clearTimeout(this.#renewTimer);
    clearInterval(this.#reportTimer);
    await this.#renewing;
    const claims = [...this.#claims.values()];
    for (const claim of claims) claim.controller.abort(new Error('the subscription stops'));
    await Promise.all([...claims.map((claim) => claim.done), ...this.#ending.values()]);
    await this.#report();
    this.#claims.clear();
    try {
      await leaveGroup(this.#self);
      await this.#options.watch.unguard(this.#self.member);
      await this.#options.watch.announceGroupChange(this.#self.group);
    } catch {
      // The database is gone: the leases run out.
    }
    this.#options.onStopped();
  }

  #renew(): Promise<void> {
    if (this.#renewing !== undefined) {
      this.#renewAgain = true;
      return this.#renewing;
    }
    this.#renewing = this.#renewNow().finally(() => {
      this.#renewing = undefined;
      clearTimeout(this.#renewTimer);
      if (this.#isStopping) return;
      const again = this.#renewAgain;
      this.#renewAgain = false;
      this.#renewTimer = setTimeout(() => void this.#renew(), again ? 0 : this.#options.leaseMs / 4);
    });
    return this.#renewing;
  }

  async #renewNow(): Promise<void> {
    const askedAt = performance.now();
    try {
      const { leases, surplus } = await renewMembership(this.#self);
      this.#validUntil = askedAt + this.#options.leaseMs;
      this.#reconcile(leases, surplus);
    } catch (error) {
      this.#options.log.warn(
        { event: 'log.renewal_failed', group: this.#self.group, err: error },
        'the membership of a consumer group could not be renewed',
      );
      if (performance.now() > this.#validUntil) this.#dropAll();
    }
  }

  #reconcile(leases: readonly Lease[], surplus: number): void {
    const owned = new Map(leases.map((lease) => [keyOf(lease), lease]));
    for (const [key, claim] of this.#claims) {
      if (owned.get(key)?.epoch !== claim.lease.epoch)
        this.#drop(key, claim, 'another member took the partition over');
    }
    if (this.#isStopping) return;
    for (const lease of leases) {
      if (!this.#claims.has(keyOf(lease))) this.#begin(lease);
    }
    const leaving = [...this.#claims.values()].filter((claim) => claim.leaving).length;
    const staying = [...this.#claims.values()].filter((claim) => !claim.leaving);
    for (const claim of spread(staying, surplus - leaving)) this.#giveUp(claim);
  }

  #begin(lease: Lease): void {
    const { pool, schema, fetch, watch, subscription, haltRecheckMs } = this.#options;
    const { topic, partition } = lease;
    const controller = new AbortController();
    const consume = () =>
      consumePartition({
        topic,
        partition,
        subscription: { ...subscription, handle: (batch) => this.#handle(lease, batch) },
        signal: controller.signal,
        haltRecheckMs,
        open: async ({ nextOffset, readFrom }) => {
          const head = (await loadHeads(pool, schema, [topic])).find((one) => one.partition === partition);
          const { beginOffset = 0, endOffset = 0 } = head ?? {};
          requireReachable(nextOffset, beginOffset, endOffset);
          const source = new PartitionReader({
            fetch,
            topic,
            partition,
            nextOffset: Math.max(readFrom, beginOffset),
            maxBatchRecords: subscription.maxBatchRecords ?? 1_000,
            watch,
          });
          return { source, beginOffset, endOffset };
        },
        onPosition: (nextOffset) => this.#unreported.set(keyOf(lease), { topic, partition, nextOffset }),
      });
    const done = (this.#ending.get(keyOf(lease)) ?? Promise.resolve()).then(consume);
    this.#claims.set(keyOf(lease), { lease, controller, done, leaving: false });
  }

  /** A process that was stopped for longer than its lease finds here that the partition may have gone to another. */
  async #handle(lease: Lease, batch: PartitionBatch): Promise<void> {
    if (performance.now() > this.#validUntil) {
      const claim = this.#claims.get(keyOf(lease));
      if (claim?.lease.epoch === lease.epoch) this.#drop(keyOf(lease), claim, 'the lease ran out');
      this.renewSoon();
      throw new Error('the lease ran out');
    }
    await this.#options.subscription.handle(batch);
  }

  #giveUp(claim: Claim): void {
    claim.leaving = true;
    claim.controller.abort(new Error('the partition goes to another member'));
    void this.#releaseWhenDone(claim);
  }

  async #releaseWhenDone(claim: Claim): Promise<void> {
    await claim.done;
    // Failing, the lease is still this member's in the database: the next renewal claims it again.
    await releaseLeases(this.#self, [claim.lease]).catch(() => {});
    if (this.#claims.get(keyOf(claim.lease)) === claim) this.#claims.delete(keyOf(claim.lease));
    await this.#options.watch.announceGroupChange(this.#self.group);
  }

  #drop(key: string, claim: Claim, reason: string): void {
    claim.controller.abort(new Error(reason));
    this.#unreported.delete(key);
    this.#claims.delete(key);
    const done = claim.done.finally(() => {
      if (this.#ending.get(key) === done) this.#ending.delete(key);
    });
    this.#ending.set(key, done);
  }

  #dropAll(): void {
    for (const [key, claim] of this.#claims) this.#drop(key, claim, 'the lease ran out');
  }

  #takeUnreported(): ReportedPosition[] {
    const positions = [...this.#unreported.values()];
    this.#unreported.clear();
    return positions;
  }

  async #report(): Promise<void> {
    let positions: ReportedPosition[] = [];
    try {
      const released = await this.#held.release(() => this.#takeUnreported());
      // The newest of each partition, unless another member reports it by now.
      const newest = new Map(
        released.map((one) => [keyOf(one), one] as const).filter(([key]) => this.#claims.has(key)),
      );
      positions = [...newest.values()];
      if (positions.length === 0) return;
      await reportPositions(this.#options.pool, this.#options.schema, this.#self.group, positions);
    } catch (error) {
      // Again, unless there is a newer one: a partition that is silent from now on would seem behind for ever.
      for (const position of positions) {
        if (!this.#unreported.has(keyOf(position))) this.#unreported.set(keyOf(position), position);
      }
      this.#options.log.warn(
        { event: 'log.report_failed', group: this.#self.group, err: error },
        'the position of a consumer group could not be reported',
      );
    }
  }
}

function keyOf(lease: { topic: string; partition: number }): string {
  return `${lease.topic}/${lease.partition}`;
}

/** `count` of the claims, evenly over the partitions: of each class of traffic its share. */
function spread(claims: readonly Claim[], count: number): Claim[] {
  const sorted = claims.toSorted((a, b) => a.lease.partition - b.lease.partition);
  return sorted.filter(
    (_claim, index) =>
      Math.floor(((index + 1) * count) / sorted.length) > Math.floor((index * count) / sorted.length),
  );
}
