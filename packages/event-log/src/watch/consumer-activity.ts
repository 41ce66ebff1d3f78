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
  const partitions = new PartitionActivities(now);
  let clientReplacements = 0;
  const observed: SubscribeOptions = {
    ...options,
    async loadPosition(topic, partition) {
      partitions.enter(topic, partition, 'opening');
      return await options.loadPosition(topic, partition);
    },
    async handle(batch) {
      const activity = partitions.enter(batch.topic, batch.partition, 'handling');
      await options.handle(batch);
      activity.attempt = 0;
      partitions.enter(batch.topic, batch.partition, 'waiting');
    },
    onProblem(problem) {
      noteProblem(partitions.enter(problem.topic, problem.partition, 'resting'), problem);
      options.onProblem(problem);
    },
    onOpened(opened) {
      partitions.enter(opened.topic, opened.partition, 'waiting').haltReason = null;
      options.onOpened?.(opened);
    },
    onClientReplaced() {
      clientReplacements++;
      options.onClientReplaced?.();
    },
  };
  return {
    of: (topic, partition) => partitions.find(topic, partition),
    all: () => partitions.all(),
    clientReplacements: () => clientReplacements,
    observed,
  };
}

class PartitionActivities {
  readonly #now: () => number;
  readonly #partitions = new Map<string, { topic: string; partition: number; activity: PartitionActivity }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  find(topic: string, partition: number): PartitionActivity | undefined {
    return this.#partitions.get(`${topic}/${partition}`)?.activity;
  }

  all(): { topic: string; partition: number; activity: PartitionActivity }[] {
    return [...this.#partitions.values()];
  }

  enter(topic: string, partition: number, step: PartitionActivity['step']): PartitionActivity {
    const activity = this.find(topic, partition) ?? this.#begin(topic, partition);
    activity.step = step;
    activity.since = this.#now();
    return activity;
  }

  #begin(topic: string, partition: number): PartitionActivity {
    const activity: PartitionActivity = {
      step: 'opening',
      since: this.#now(),
      attempt: 0,
      haltReason: null,
      retries: 0,
      halts: new Map(),
    };
    this.#partitions.set(`${topic}/${partition}`, { topic, partition, activity });
    return activity;
  }
}

function noteProblem(activity: PartitionActivity, problem: ConsumerProblem): void {
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
