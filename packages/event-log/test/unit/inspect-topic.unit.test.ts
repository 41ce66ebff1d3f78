import { describe, expect, test } from 'vitest';
import { inspectTopic } from '../../src/kafka/inspect-topic.ts';

const right = {
  'cleanup.policy': 'delete',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'max.message.bytes': '8388608',
  'retention.ms': '604800000',
  'retention.bytes': '-1',
};

const inspect = (settings: Record<string, string>, replicationFactor = 3, brokers = 3) =>
  inspectTopic({
    topic: 'touchpoints.v1',
    replicationFactor,
    brokers,
    settings: new Map(Object.entries({ ...right, ...settings })),
  });

describe('a topic that was there', () => {
  test('is well with three copies and two that acknowledge, or with what one broker can do', () => {
    expect(inspect({})).toEqual([]);
    expect(inspect({ 'min.insync.replicas': '1' }, 1, 1)).toEqual([]);
    expect(inspect({ 'retention.ms': '-1' })).toEqual([]);
    expect(inspectTopic({ topic: 't', replicationFactor: 3, brokers: 3, settings: new Map() })).toEqual([]);
  });

  test.each([
    ['compact', true],
    ['compact,delete', true],
    ['delete', false],
  ])('with cleanup.policy %s is refused: %s', (policy, isRefused) => {
    expect(inspect({ 'cleanup.policy': policy }).some(({ isFatal }) => isFatal)).toBe(isRefused);
  });

  test.each([
    ['one_copy', {}, 1],
    ['one_copy_acknowledges', { 'min.insync.replicas': '1' }, 3],
    ['unclean_election', { 'unclean.leader.election.enable': 'true' }, 3],
    ['small_batches', { 'max.message.bytes': '2097152' }, 3],
    ['short_retention', { 'retention.ms': '3600000' }, 3],
    ['limited_size', { 'retention.bytes': '1000000000' }, 3],
  ] as const)('is warned of: %s', (reason, settings, replicationFactor) => {
    const faults = inspect(settings, replicationFactor);
    expect(faults.map((fault) => fault.reason)).toEqual([reason]);
    expect(faults[0]).toMatchObject({ isFatal: false });
    expect(faults[0]?.problem).toMatch(/^touchpoints\.v1 /);
  });

  test('that is to be compacted is warned of where it is not or may wait for ever, and its retention does not matter', () => {
    const facts = { topic: 'profiles.v1', replicationFactor: 3, brokers: 3, isCompacted: true };
    const reasons = (policy: string, lag = '604800000'): string[] =>
      inspectTopic({
        ...facts,
        settings: new Map([
          ['cleanup.policy', policy],
          ['retention.ms', '1000'],
          ['min.insync.replicas', '2'],
          ['max.compaction.lag.ms', lag],
        ]),
      }).map(({ reason }) => reason);
    expect(reasons('compact')).toEqual([]);
    expect(reasons('compact', '9223372036854775807')).toEqual(['slow_compaction']);
    expect(reasons('delete')).toEqual(['not_compacted']);
    expect(reasons('compact,delete')).toEqual(['not_compacted']);
  });
});
