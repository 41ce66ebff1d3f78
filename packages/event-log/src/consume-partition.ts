/** The life of a claimed partition: from where the consumer says, batch by batch; failures again, for ever. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Backoff, backoffMs, jittered } from '@throughline/timing';
import { LogHalt } from './log-halt.ts';
import type { ConsumerPosition, ConsumerProblem, LogRecord, SubscribeOptions } from './port.ts';
import { recordFingerprint } from './record-fingerprint.ts';

/** Nothing is wrong: the partition is to be opened again, at once. */
export class SourceEnded extends Error {}

export interface PartitionSource {
  /**
   * Waits for records; never empty, contiguous with the batch before. Rejects with `LogHalt`, with `SourceEnded`, or when
   * aborted.
   */
  nextBatch(signal: AbortSignal): Promise<LogRecord[]>;
}

export interface StartOffsets {
  /** What is kept of the log must reach here. */
  nextOffset: number;
  /** Where to begin if the log still holds that: one below `nextOffset` when the record there is to be compared. */
  readFrom: number;
}

export interface OpenedSource {
  source: PartitionSource;
  /** What the log held when it was opened: [beginOffset, endOffset). */
  beginOffset: number;
  endOffset: number;
}

export interface ConsumePartitionOptions {
  topic: string;
  partition: number;
  subscription: SubscribeOptions;
  signal: AbortSignal;
  /** Rejects with `LogHalt` when the log cannot be read from there. */
  open: (start: StartOffsets) => Promise<OpenedSource>;
  /** Called with where the consumer is: when it begins, and after each batch. */
  onPosition: (nextOffset: number) => void;
  haltRecheckMs: number;
}

const backoff: Backoff = { firstMs: 100, longestMs: 10_000 };
/** A halt is reported once, and again after this many checks. */
const checksBetweenReports = 12;

/** Resolves when the signal is aborted and the running batch has settled. Never rejects. */
export async function consumePartition(options: ConsumePartitionOptions): Promise<void> {
  const { topic, partition, signal } = options;
  let attempt = 0;
  let haltChecks = 0;
  while (!signal.aborted) {
    try {
      await consumeUntilFailure(options, () => {
        attempt = 0;
        haltChecks = 0;
      });
    } catch (error) {
      // oxlint-disable-next-line typescript/no-unnecessary-condition -- aborted meanwhile
      if (signal.aborted) return;
      if (error instanceof SourceEnded) continue;
      if (error instanceof LogHalt) {
        if (haltChecks++ % checksBetweenReports === 0) {
          report(options, { kind: 'halted', topic, partition, ...error.details });
        }
        await pause(options.haltRecheckMs, signal);
      } else {
        attempt++;
        report(options, { kind: 'retrying', topic, partition, attempt, error });
        await pause(jittered(backoffMs(backoff, attempt), Math.random()), signal);
      }
    }
  }
}

async function consumeUntilFailure(options: ConsumePartitionOptions, onProgress: () => void): Promise<void> {
  const { topic, partition, subscription, signal } = options;
  const position = await subscription.loadPosition(topic, partition);
  const start = startOf(position);
  const opened = await options.open(start);
  options.onPosition(position.nextOffset);
  const isCompared = start.readFrom < position.nextOffset && start.readFrom >= opened.beginOffset;
  if (!isCompared) subscription.onOpened?.({ topic, partition });
  let fromOffset = position.nextOffset;
  while (!signal.aborted) {
    const fetched = await opened.source.nextBatch(signal);
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- aborted meanwhile
    if (signal.aborted) return;
    const isFirst = fromOffset === position.nextOffset;
    const records = isFirst ? withoutConsumed(fetched, position, opened) : fetched;
    if (isFirst) subscription.onOpened?.({ topic, partition });
    if (records.length === 0) continue;
    await subscription.handle({ topic, partition, records, fromOffset, signal });
    onProgress();
    fromOffset = (records.at(-1)?.offset ?? fromOffset - 1) + 1;
    options.onPosition(fromOffset);
  }
}

function startOf({ nextOffset, lastRecord }: ConsumerPosition): StartOffsets {
  return { nextOffset, readFrom: lastRecord === null ? nextOffset : nextOffset - 1 };
}

/** The record before the position is fetched only to be compared: another one there means another log. */
function withoutConsumed(
  fetched: LogRecord[],
  { nextOffset, lastRecord }: ConsumerPosition,
  { beginOffset, endOffset }: OpenedSource,
): LogRecord[] {
  const [first] = fetched;
  if (first === undefined || first.offset >= nextOffset) return fetched;
  if (recordFingerprint(first) === lastRecord) return fetched.slice(1);
  throw new LogHalt({ reason: 'log_differs_before_offset', nextOffset, beginOffset, endOffset });
}

function report(options: ConsumePartitionOptions, problem: ConsumerProblem): void {
  try {
    options.subscription.onProblem(problem);
  } catch {
    // It promised not to; its failure must not end the consumer.
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
