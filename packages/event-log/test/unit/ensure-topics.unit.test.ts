import { describe, expect, test } from 'vitest';
import { ensureTopics, type EnsureTopicsOptions } from '../../src/kafka/ensure-topics.ts';

/** A cluster whose broker knows a created topic only after it was asked a number of times. */
function createLateCluster(questionsBeforeKnown: number) {
  const created = new Set<string>();
  let questions = 0;
  const admin = {
    findTopics: async (topics: readonly string[]) => {
      if (created.size > 0) questions++;
      const isKnown = questions > questionsBeforeKnown;
      const shape = { partitions: 4, replicationFactor: 1 };
      return await Promise.resolve(
        new Map(topics.filter((topic) => isKnown && created.has(topic)).map((topic) => [topic, shape])),
      );
    },
    createTopics: async (topics: readonly { name: string }[]) => {
      for (const { name } of topics) created.add(name);
      await Promise.resolve();
    },
  };
  const options = {
    admin,
    ping: async () => await Promise.resolve(),
    log: { info() {}, warn() {}, error() {} },
    problems: { waiting() {} },
    retentionDays: 7,
    namedBrokers: 1,
    signal: new AbortController().signal,
  } as unknown as EnsureTopicsOptions;
  return { options, admin };
}

describe('topics that are missing', () => {
  test('are known to the brokers when the start continues, however late their metadata is', async () => {
    const { options, admin } = createLateCluster(3);
    const topics = ['touchpoints.v1', 'rejected.v1'];
    await ensureTopics(
      options,
      topics.map((name) => ({ name, partitions: 4 })),
    );
    expect([...(await admin.findTopics(topics)).keys()]).toEqual(topics);
  });

  test('that never become known end the start with their name', async () => {
    const { options } = createLateCluster(Number.POSITIVE_INFINITY);
    const ended = { ...options, signal: AbortSignal.abort() };
    await expect(ensureTopics(ended, [{ name: 'touchpoints.v1', partitions: 4 }])).rejects.toThrow(
      'the topic touchpoints.v1 was created, but the brokers do not know it',
    );
  });
});
