/** What the parts of the contract suite work with. */
import type { Pool } from 'pg';
import type { ConsumerProblem, EventLog, LogRecord, SubscribeOptions } from '../../src/index.ts';
import type { LogConfiguration } from '../open-log.ts';

export interface ContractAdapter {
  configuration: LogConfiguration;
  /** Makes the log of a partition begin at `offset`, as retention does. */
  dropBelow(topic: string, partition: number, offset: number): Promise<void>;
  close(): Promise<void>;
}

export interface ContractBench {
  adapter(): ContractAdapter;
  pool(): Pool;
  schema: string;
  /** A log as a process of its own would have it; closed after the test. */
  open(instanceId?: string): EventLog;
  createTopic(partitions: number): Promise<string>;
  /** Every record of a topic, read by a group of its own; what the log holds twice, as it may, counts once. */
  readAll(topic: string, count: number): Promise<(LogRecord & { partition: number })[]>;
}

const unexpectedProblems: ConsumerProblem[] = [];

/** For consumers that should meet none: the test fails at its end. */
export const failOnProblem: SubscribeOptions['onProblem'] = (problem) => {
  unexpectedProblems.push(problem);
};

export function takeUnexpectedProblems(): ConsumerProblem[] {
  return unexpectedProblems.splice(0);
}
