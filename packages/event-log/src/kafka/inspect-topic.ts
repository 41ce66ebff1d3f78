/** Whether a topic that was there already can hold what the log promises. Others may have made it, for something else. */
import { maxMessageBytes } from './kafka-limits.ts';

export interface TopicFacts {
  topic: string;
  /** The least of its partitions. */
  replicationFactor: number;
  /** Of the cluster, those that are up. */
  brokers: number;
  /** By name, as Kafka writes them; those asked for in `inspectedSettings`. */
  settings: ReadonlyMap<string, string>;
  /** Whether it is to keep the last record of each key only. */
  isCompacted?: boolean;
}

export interface TopicFault {
  /** Stable. */
  reason:
    | 'compacted'
    | 'not_compacted'
    | 'one_copy'
    | 'one_copy_acknowledges'
    | 'unclean_election'
    | 'small_batches'
    | 'short_retention'
    | 'slow_compaction'
    | 'limited_size';
  /** The service does not start on it. */
  isFatal: boolean;
  problem: string;
  hint: string;
}

export const inspectedSettings = [
  'cleanup.policy',
  'min.insync.replicas',
  'unclean.leader.election.enable',
  'max.message.bytes',
  'retention.ms',
  'retention.bytes',
  'max.compaction.lag.ms',
];

const dayMs = 86_400_000;
const yearMs = 366 * dayMs;

/** A setting that is missing is taken to be right. */
export function inspectTopic({
  topic,
  replicationFactor,
  brokers,
  settings,
  isCompacted = false,
}: TopicFacts): TopicFault[] {
  const faults: TopicFault[] = [];
  const add = (reason: TopicFault['reason'], problem: string, hint: string): number =>
    faults.push({ reason, isFatal: reason === 'compacted', problem: `${topic} ${problem}`, hint });
  const number = (name: string): number => Number(settings.get(name) ?? Number.NaN);

  const policy = settings.get('cleanup.policy');
  if (isCompacted && policy !== undefined && policy !== 'compact') {
    add(
      'not_compacted',
      'is not compacted, so that the states of what did not change lately are lost',
      'Set its cleanup.policy to compact.',
    );
  } else if (!isCompacted && policy?.includes('compact') === true) {
    add('compacted', 'is compacted, which deletes records', 'Set its cleanup.policy to delete.');
  }
  if (replicationFactor < 2 && brokers >= 3) {
    add('one_copy', `has one copy on ${brokers} brokers`, 'Reassign its partitions to three brokers each.');
  } else if (replicationFactor >= 3 && number('min.insync.replicas') < 2) {
    add('one_copy_acknowledges', 'acknowledges what one broker has', 'Set its min.insync.replicas to 2.');
  }
  if (settings.get('unclean.leader.election.enable') === 'true') {
    add(
      'unclean_election',
      'may elect a leader that lacks acknowledged records',
      'Set its unclean.leader.election.enable to false.',
    );
  }
  // Not refused: few are as large; one that does not pass is reported, and nothing that was sent with it acknowledged.
  if (number('max.message.bytes') < maxMessageBytes) {
    add(
      'small_batches',
      `takes batches of ${number('max.message.bytes')} bytes at most`,
      'Set its max.message.bytes to 8 MiB.',
    );
  }
  const retentionMs = number('retention.ms');
  if (!isCompacted && retentionMs >= 0 && retentionMs < dayMs) {
    add(
      'short_retention',
      `keeps records for ${Math.round(retentionMs / 60_000)} minutes`,
      'Set its retention.ms to days: a consumer that was away for longer halts.',
    );
  }
  if (isCompacted && number('max.compaction.lag.ms') > yearMs) {
    add(
      'slow_compaction',
      'may keep for ever what a later record has replaced, such as the profile of an erased person',
      'Set its max.compaction.lag.ms to days.',
    );
  }
  if (number('retention.bytes') >= 0) {
    add(
      'limited_size',
      `drops records beyond ${number('retention.bytes')} bytes a partition`,
      'Set its retention.bytes to -1: a consumer that has fallen behind halts.',
    );
  }
  return faults;
}
