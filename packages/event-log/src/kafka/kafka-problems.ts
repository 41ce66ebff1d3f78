/** How the adapter speaks of what is wrong with the cluster: in errors for callers, and in lines for operators. */
import { AppError } from '@throughline/contracts';
import type { StructuredLog } from '@throughline/postgres';
import { LogFailure } from '../log-failure.ts';
import { LogHalt } from '../log-halt.ts';
import { explainKafkaFailure } from './explain-kafka-failure.ts';
import { RepeatedLines } from './repeated-lines.ts';

const repeatAfterMs = 60_000;

/**
 * `log_unavailable`, whose message any client may read; the cause says to operators what is wrong. Other faults of ours, and
 * halts, are passed on as they are.
 */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof AppError || error instanceof LogHalt ? error : unavailable(error);
  }
}

export function unavailable(error: unknown): AppError {
  const { kind, message, hint, origin } = explainKafkaFailure(error);
  return new AppError('log_unavailable', 'the event log cannot be used now', {
    cause: new LogFailure(kind, `Kafka: ${message}`, { hint, cause: origin }),
  });
}

export class KafkaProblems {
  readonly #log: StructuredLog;
  readonly #lines = new RepeatedLines(repeatAfterMs);

  constructor(log: StructuredLog) {
    this.#log = log;
  }

  /** kafkajs' own words, also of what it will try again. */
  clientSaid(namespace: string, detail: string): void {
    const { kind, message, hint } = explainKafkaFailure({ message: detail });
    const isKnown = kind !== 'unknown';
    // Waits and counts differ from line to line, and say nothing new.
    this.#say(`client/${isKnown ? kind : detail.replaceAll(/\d+/g, '#')}`, (leftOut) =>
      this.#log.warn(
        {
          event: 'log.kafka_client',
          namespace,
          kind,
          detail: message,
          ...(isKnown ? { hint } : {}),
          leftOut,
        },
        `the Kafka client met a problem: ${message}`,
      ),
    );
  }

  /**
   * Log lines of a client whose failures come back to its callers, which retry or log them: at a first
   * start it would report topics as missing while they are made. Missing rights are logged: kafkajs reports them to its log alone.
   */
  askedClientSaid(namespace: string, detail: string): void {
    if (explainKafkaFailure({ message: detail }).kind.endsWith('_not_authorized'))
      this.clientSaid(namespace, detail);
  }

  consumerReplaced(group: string, error: unknown): void {
    const { kind, hint } = explainKafkaFailure(error);
    this.#say(`consumer/${group}/${kind}`, (leftOut) =>
      this.#log.warn(
        { event: 'log.consumer_restarted', group, kind, hint, leftOut, err: error },
        'the Kafka consumer is replaced by a new one',
      ),
    );
  }

  /** A start that waits for the cluster. */
  waiting(attempt: number, error: unknown): void {
    const { kind, message, hint } = explainKafkaFailure(error);
    this.#say(`waiting/${kind}`, (leftOut) =>
      this.#log.warn(
        { event: 'log.waiting', kind, detail: message, hint, attempt, leftOut },
        `waits for Kafka: ${message}. ${hint}`,
      ),
    );
  }

  #say(key: string, line: (leftOut: number) => void): void {
    const admitted = this.#lines.admit(key);
    if (admitted !== null) line(admitted.leftOut);
  }
}
