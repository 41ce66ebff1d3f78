/**
 * What the consumers of a group are doing with each partition, seen from the outside: from the calls that go through
 * `SubscribeOptions`, the same for every adapter, and true whatever an adapter believes of itself.
 */
import type { ConsumerProblem, SubscribeOptions } from '../port.ts';

export interface PartitionActivity {
  /** `resting`: between a failure and the next attempt. */
  step: 'opening' | 'waiting' | 'handling' | 'resting';
  /** On the clock that was given. */
  since: number;
  /** Failures since the last batch that went through. */
  attempt: number;
  /** Of a halt that is not over. */
  haltReason: string | null;
  retries: number;
  /** Halts by reason. */
  halts: Map<string, number>;
}

export interface ConsumerActivity {
  of(topic: string, partition: number): PartitionActivity | undefined;
  all(): { topic: string; partition: number; activity: PartitionActivity }[];
  clientReplacements(): number;
  /** The options to subscribe with. */
  observed: SubscribeOptions;
}

export function observeActivity(options: SubscribeOptions, now: () => number): ConsumerActivity {
  const partitions = new Map<string, { topic: string; partition: number; activity: PartitionActivity }>();
  let clientReplacements = 0;

  function activityOf(topic: string, partition: number): PartitionActivity {
    const key = `${topic}/${partition}`;
    const found = partitions.get(key);
    if (found !== undefined) return found.activity;
    const activity: PartitionActivity = {
      step: 'opening',
      since: now(),
      attempt: 0,
      haltReason: null,
      retries: 0,
      halts: new Map(),
    };
    partitions.set(key, { topic, partition, activity });
    return activity;
  }

  function enter(activity: PartitionActivity, step: PartitionActivity['step']): void {
    activity.step = step;
    activity.since = now();
  }

  function noteProblem(problem: ConsumerProblem): void {
    const activity = activityOf(problem.topic, problem.partition);
    enter(activity, 'resting');
    if (problem.kind === 'retrying') {
      activity.attempt = problem.attempt;
      activity.retries++;
      activity.haltReason = null;
      return;
    }
    // Reported repeatedly while it lasts: one halt.
    if (activity.haltReason !== problem.reason) {
      activity.halts.set(problem.reason, (activity.halts.get(problem.reason) ?? 0) + 1);
    }
    activity.haltReason = problem.reason;
  }

  const observed: SubscribeOptions = {
    ...options,
    async loadPosition(topic, partition) {
      enter(activityOf(topic, partition), 'opening');
      return await options.loadPosition(topic, partition);
    },
    async handle(batch) {
      const activity = activityOf(batch.topic, batch.partition);
      enter(activity, 'handling');
      await options.handle(batch);
      activity.attempt = 0;
      enter(activity, 'waiting');
    },
    onProblem(problem) {
      noteProblem(problem);
      options.onProblem(problem);
    },
    onOpened(opened) {
      const activity = activityOf(opened.topic, opened.partition);
      activity.haltReason = null;
      enter(activity, 'waiting');
      options.onOpened?.(opened);
    },
    onClientReplaced() {
      clientReplacements++;
      options.onClientReplaced?.();
    },
  };

  return {
    of: (topic, partition) => partitions.get(`${topic}/${partition}`)?.activity,
    all: () => [...partitions.values()],
    clientReplacements: () => clientReplacements,
    observed,
  };
}
