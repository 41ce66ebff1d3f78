/**
 * The watchdog of a service's consumers and of its outbox. It asks Postgres and the log how far they are, and believes
 * nothing that a client library says of itself: a stall is an offset that does not move although records are pending, for
 * whatever reason. It repairs nothing; what can be repaired from inside, the adapter does.
 */
import { deadLetterCodes, type DeadLetterCode } from '@throughline/contracts';
import type { StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { ConsumerProblem, EventLog, SubscribeOptions, Subscription } from '../port.ts';
import { observeActivity } from './consumer-activity.ts';
import type { StallLimits } from './decide-stall.ts';
import { WatchedGroup, type ConsumerReport } from './watched-group.ts';
import { WatchedOutbox, type OutboxReport } from './watched-outbox.ts';

export interface ConsumerWatchOptions {
  /** Of the consumers' database, but not their pool: stuck handlers hold the connections of that. */
  pool: Pool;
  /** The consumers' schema. */
  schema: string;
  log: Pick<EventLog, 'subscribe' | 'lag' | 'owned' | 'recordAges'>;
  logger: StructuredLog;
  /** Whether this service sends from an outbox. */
  hasOutbox: boolean;
  /** Called for each batch that failed and is retried. */
  onRetry?: () => void;
  /** Default 5,000. */
  lookIntervalMs?: number;
  /** Pending without progress for this long is a stall. Default 60,000. */
  stallAfterMs?: number;
  /** A stall that lasts is logged again this often. Default 300,000. */
  repeatAfterMs?: number;
}

export interface DeadLetterTotal {
  group: string;
  code: DeadLetterCode;
  count: number;
}

interface ConsumerTotals {
  group: string;
  topic: string;
  partition: number;
  retries: number;
  halts: ReadonlyMap<string, number>;
}

export interface WatchReport {
  /** Partitions that this process owns, and those that no process owns. */
  consumers: ConsumerReport[];
  outbox: OutboxReport | undefined;
  /** Since the process began. */
  totals: ConsumerTotals[];
  clientReplacements: { group: string; count: number }[];
  /** Records set aside since the process began: for each group and each code, 0 included. */
  deadLetters: DeadLetterTotal[];
  /** Since everything was last looked at; before the first time, since the watch began. */
  lookedSecondsAgo: number;
}

export interface ConsumerWatch {
  /** As the log's, watched; retries and halts are logged here. */
  subscribe(options: Omit<SubscribeOptions, 'onProblem'>): Promise<Subscription>;
  /** One more record of the group was set aside. */
  countDeadLetter(group: string, code: DeadLetterCode): void;
  report(): WatchReport;
  stop(): Promise<void>;
}

const allCodes = Object.keys(deadLetterCodes) as DeadLetterCode[];
const lookTimeoutMs = 15_000;
/** Consumers have their partitions by then, mostly. */
const firstLookMs = 1_000;
const failuresBetweenLines = 12;

export function createConsumerWatch(options: ConsumerWatchOptions): ConsumerWatch {
  const { pool, schema, log, logger, lookIntervalMs = 5_000 } = options;
  const now = () => performance.now();
  const limits: StallLimits = {
    stallAfterMs: options.stallAfterMs ?? 60_000,
    repeatAfterMs: options.repeatAfterMs ?? 300_000,
    longestGapMs: lookIntervalMs * 3,
  };
  const groups: WatchedGroup[] = [];
  const outbox = options.hasOutbox ? new WatchedOutbox({ pool, schema, logger, limits, now }) : undefined;
  const stopping = new AbortController();
  const deadLetters = new Map<string, number>();
  let lookedAt = now();
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(lookTimeoutMs)]);
    try {
      const looks = [...groups, ...(outbox === undefined ? [] : [outbox])].map((one) => one.look(signal));
      await Promise.race([Promise.all(looks), rejectOnAbort(signal)]);
      lookedAt = now();
      failures = 0;
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (failures++ % failuresBetweenLines === 0) {
        logger.warn(
          { event: 'consumer.watch_failed', schema, attempt: failures, err: error },
          'consumer positions could not be read',
        );
      }
    }
  }

  function lookSoon(delayMs: number): void {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      looking = look().then(() => lookSoon(lookIntervalMs));
    }, delayMs);
  }
  lookSoon(Math.min(lookIntervalMs, firstLookMs));

  async function subscribe(given: Omit<SubscribeOptions, 'onProblem'>): Promise<Subscription> {
    const { group, topics } = given;
    const onProblem = (problem: ConsumerProblem): void => {
      if (problem.kind === 'retrying') options.onRetry?.();
      logProblem(logger, group, problem);
    };
    const activity = observeActivity({ ...given, onProblem }, now);
    const watched = new WatchedGroup({ pool, schema, group, topics, log, logger, limits, activity, now });
    groups.push(watched);
    watched.subscription = await log.subscribe(activity.observed);
    return watched.subscription;
  }

  return {
    subscribe,
    countDeadLetter(group, code) {
      deadLetters.set(`${group}/${code}`, (deadLetters.get(`${group}/${code}`) ?? 0) + 1);
    },
    report: () => ({
      ...reportGroups(groups, deadLetters),
      outbox: outbox?.report(),
      lookedSecondsAgo: (now() - lookedAt) / 1_000,
    }),
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await looking;
    },
  };
}

function logProblem(logger: StructuredLog, group: string, problem: ConsumerProblem): void {
  if (problem.kind === 'halted') {
    const { kind: _kind, ...fields } = problem;
    logger.error(
      { event: 'consumer.halted', group, ...fields },
      'consumer halted: the log does not hold the next record, nothing is consumed until this is resolved',
    );
    return;
  }
  const { topic, partition, attempt, error } = problem;
  logger.warn(
    { event: 'consumer.retrying', group, topic, partition, attempt, err: error },
    'batch failed: it is retried',
  );
}

function reportGroups(
  groups: readonly WatchedGroup[],
  deadLetters: ReadonlyMap<string, number>,
): Omit<WatchReport, 'outbox' | 'lookedSecondsAgo'> {
  return {
    consumers: groups.flatMap((group) => group.report()),
    totals: groups.flatMap((group) => totalsOf(group)),
    clientReplacements: groups.map(({ group, activity }) => ({
      group,
      count: activity.clientReplacements(),
    })),
    deadLetters: groups.flatMap(({ group }) =>
      allCodes.map((code) => ({ group, code, count: deadLetters.get(`${group}/${code}`) ?? 0 })),
    ),
  };
}

function totalsOf({ group, activity }: WatchedGroup): ConsumerTotals[] {
  return activity.all().map(({ topic, partition, activity: { retries, halts } }) => ({
    group,
    topic,
    partition,
    retries,
    halts,
  }));
}

async function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return await new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
