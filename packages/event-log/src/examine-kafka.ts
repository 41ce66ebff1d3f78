/** What a person asks of a cluster before, or instead of, starting a service on it: is it reached, and can its topics be used. */
import type { KafkaConnection } from './kafka/kafka-client.ts';
import type { TopicFault } from './kafka/inspect-topic.ts';
import { LogFailure } from './log-failure.ts';

export interface KafkaExamination {
  brokers: number;
  /** Topics that do not exist yet. */
  missing: string[];
  faults: (TopicFault & { topic: string })[];
}

/** Changes nothing. @throws LogFailure that says what is wrong, and what to do about it */
export async function examineKafka(
  connection: KafkaConnection,
  topics: readonly string[],
): Promise<KafkaExamination> {
  // Loaded only where it is used: Kafka's client takes long to load.
  const [{ createKafka }, { KafkaAdmin }, { explainKafkaFailure }, inspection] = await Promise.all([
    import('./kafka/kafka-client.ts'),
    import('./kafka/kafka-admin.ts'),
    import('./kafka/explain-kafka-failure.ts'),
    import('./kafka/inspect-topic.ts'),
  ]);
  const admin = new KafkaAdmin(
    createKafka(connection, {
      clientId: 'throughline-doctor',
      isHasty: true,
      // Failures come back to the caller; its own lines would repeat them.
      say: () => {},
    }),
  );
  try {
    const brokers = await admin.countBrokers();
    const found = await admin.findTopics(topics);
    const faults: KafkaExamination['faults'] = [];
    for (const [topic, { replicationFactor }] of found) {
      const settings = await admin.findSettings(topic, inspection.inspectedSettings);
      const facts = { topic, replicationFactor, brokers, settings };
      faults.push(...inspection.inspectTopic(facts).map((fault) => ({ ...fault, topic })));
    }
    return { brokers, missing: topics.filter((topic) => !found.has(topic)), faults };
  } catch (error) {
    const { kind, message, hint } = explainKafkaFailure(error);
    throw new LogFailure(kind, `Kafka: ${message}`, { hint, cause: error });
  } finally {
    await admin.close();
  }
}
