/** One group's partitions, looked at: how far each is, how old what comes next is, and whether it stalls. */
import type { StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { loadConsumerOffsets } from '../consumer/load-consumer-offsets.ts';
import type { EventLog, PartitionLag, Subscription } from '../port.ts';
import type { ConsumerActivity } from './consumer-activity.ts';
import {
  decideConsumerState,
  describeDoing,
  type ConsumerState,
  type PartitionOwner,
} from './decide-consumer-state.ts';
import { decideStall, type StallState, type StallDecision, type StallLimits } from './decide-stall.ts';

export interface WatchedGroupOptions {
  pool: Pool;
  schema: string;
  group: string;
  topics: readonly string[];
  log: Pick<EventLog, 'lag' | 'owned' | 'recordAges'>;
  logger: StructuredLog;
  limits: StallLimits;
  activity: ConsumerActivity;
  now: () => number;
}

export interface ConsumerReport {
  group: string;
  topic: string;
  partition: number;
  state: ConsumerState;
  haltReason: string | null;
  /** Records in the log that are not consumed. */
  lagRecords: number;
  /** Age of the first of them: for how long it has been in the log. 0 when nothing is pending. */
  lagSeconds: number;
}

interface Known {
  topic: string;
  partition: number;
  owner: PartitionOwner;
  nextOffset: number;
  lagRecords: number;
  /** When what is next was appended, on the clock of `now`; null when nothing is pending. */
  oldestAt: number | null;
  stallState: StallState;
  isStalled: boolean;
}

interface Position {
  range: PartitionLag;
  key: string;
  nextOffset: number;
  lagRecords: number;
}

export class WatchedGroup {
  readonly #options: WatchedGroupOptions;
  #known = new Map<string, Known>();
  subscription: Subscription | undefined;

  constructor(options: WatchedGroupOptions) {
    this.#options = options;
  }

  get group(): string {
    return this.#options.group;
  }

  get activity(): ConsumerActivity {
    return this.#options.activity;
  }

  /** Of the partitions that this process reports: those that it owns, and those that no process owns. */
  report(): ConsumerReport[] {
    const { group, activity, now } = this.#options;
    return [...this.#known.values()]
      .filter((known) => known.owner !== 'elsewhere')
      .map(({ topic, partition, owner, lagRecords, oldestAt, isStalled }) => {
        const own = activity.of(topic, partition);
        return {
          group,
          topic,
          partition,
          state: decideConsumerState({ owner, activity: own, lagRecords, isStalled }),
          haltReason: owner === 'here' ? (own?.haltReason ?? null) : null,
          lagRecords,
          lagSeconds: oldestAt === null ? 0 : Math.max(0, now() - oldestAt) / 1_000,
        };
      });
  }

  /** Nothing is changed by a look that fails, or whose signal is aborted before it has its answers. */
  async look(signal: AbortSignal): Promise<void> {
    const { pool, schema, group, topics, log, now } = this.#options;
    // First how far the group is, then how long the log: what commits in between counts as pending.
    const offsets = await loadConsumerOffsets(pool, { schema, group }, topics);
    signal.throwIfAborted();
    const positions = (await log.lag(group, topics)).map((range) => {
      const key = `${range.topic}/${range.partition}`;
      // Below the begin there is nothing any more; the consumer halts there.
      const nextOffset = Math.max(offsets.get(key) ?? 0, range.beginOffset);
      return { range, key, nextOffset, lagRecords: Math.max(0, range.endOffset - nextOffset) };
    });
    signal.throwIfAborted();
    const own = new Set(this.subscription?.assigned().map(({ topic, partition }) => `${topic}/${partition}`));
    const foreign = positions.some(({ key }) => !own.has(key))
      ? new Set((await log.owned(group, topics)).map(({ topic, partition }) => `${topic}/${partition}`))
      : new Set<string>();
    signal.throwIfAborted();
    const oldest = await this.#findOldest(positions);
    signal.throwIfAborted();
    const at = now();
    const known = new Map<string, Known>();
    for (const position of positions) {
      const { key } = position;
      const owner = own.has(key) ? 'here' : foreign.has(key) ? 'elsewhere' : 'none';
      known.set(key, this.#decide(position, owner, oldest.get(key) ?? null, at));
    }
    this.#known = known;
  }

  /** Asked for what has moved only: what stands still grows old by itself. */
  async #findOldest(positions: readonly Position[]): Promise<Map<string, number>> {
    const { log, now } = this.#options;
    const oldest = new Map<string, number>();
    const asked: Position[] = [];
    for (const position of positions.filter(({ lagRecords }) => lagRecords > 0)) {
      const before = this.#known.get(position.key);
      if (before?.nextOffset === position.nextOffset && before.oldestAt !== null) {
        oldest.set(position.key, before.oldestAt);
      } else {
        asked.push(position);
      }
    }
    if (asked.length === 0) return oldest;
    const ages = await log.recordAges(
      asked.map(({ range, nextOffset }) => ({
        topic: range.topic,
        partition: range.partition,
        offset: nextOffset,
      })),
    );
    const at = now();
    asked.forEach(({ key }, index) => oldest.set(key, at - (ages[index] ?? 0)));
    return oldest;
  }

  #decide(position: Position, owner: PartitionOwner, oldestAt: number | null, at: number): Known {
    const { range, key, nextOffset, lagRecords } = position;
    const own = owner === 'here' ? this.#options.activity.of(range.topic, range.partition) : undefined;
    const decision = decideStall(
      this.#known.get(key)?.stallState,
      {
        at,
        position: String(nextOffset),
        isPending: lagRecords > 0,
        // A halt is logged by itself, with its reason.
        mayReport: owner !== 'elsewhere' && own?.haltReason == null,
      },
      this.#options.limits,
    );
    this.#say(position, owner, decision, at);
    const { stallState, isStalled } = decision;
    return {
      topic: range.topic,
      partition: range.partition,
      owner,
      nextOffset,
      lagRecords,
      oldestAt,
      stallState,
      isStalled,
    };
  }

  #say({ range, lagRecords }: Position, owner: PartitionOwner, decision: StallDecision, at: number): void {
    const { group, logger, activity } = this.#options;
    const { topic, partition } = range;
    const seconds = Math.round(decision.stalledMs / 1_000);
    if (decision.report === 'recovered') {
      logger.info(
        { event: 'consumer.recovered', group, topic, partition, lagRecords, stalledSeconds: seconds },
        'consumer recovered: the offset advances again',
      );
    } else if (decision.report === 'stalled') {
      const { doing, sinceMs, attempt } = describeDoing(owner, activity.of(topic, partition), at);
      logger.error(
        {
          event: 'consumer.stalled',
          group,
          topic,
          partition,
          lagRecords,
          secondsSinceProgress: seconds,
          doing,
          doingSeconds: sinceMs === null ? null : Math.round(sinceMs / 1_000),
          attempt,
        },
        'consumer stalled: records are pending, the offset does not advance',
      );
    }
  }
}
