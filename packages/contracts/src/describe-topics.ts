/**
 * The AsyncAPI 3 document of the event log: topics, who writes and reads them, and the records' schemas, made from the schemas
 * that the services check them with.
 */
import { z } from 'zod';
import { profileJourneySchema } from './journey-record.ts';
import { profileChangedSchema } from './profile-record.ts';
import {
  acceptedTouchpointSchema,
  receivedReceiptSchema,
  rejectedItemSchema,
  resolvedRecordSchema,
} from './records.ts';
import type { ServiceName } from './service.ts';
import { topicExamples } from './topic-examples.ts';
import { compactedTopics, type Topic, topicPartitions, topics } from './topics.ts';

interface Message {
  /** Unique in the document. */
  name: string;
  schema: z.ZodType;
}

interface TopicDescription {
  /** In names of the document. */
  name: string;
  summary: string;
  /** What the records of a partition are ordered and compacted by. */
  key: string;
  writers: readonly ServiceName[];
  readers: readonly ServiceName[];
  messages: readonly Message[];
}

const descriptions: Readonly<Record<Topic, TopicDescription>> = {
  [topics.touchpoints]: {
    name: 'touchpoints',
    summary: 'Accepted touchpoints.',
    key: 'Strongest identifier of the touchpoint.',
    writers: ['ingest'],
    readers: ['identity'],
    messages: [{ name: 'acceptedTouchpoint', schema: acceptedTouchpointSchema }],
  },
  [topics.rejected]: {
    name: 'rejected',
    summary: 'What was received but cannot be used, with its reason and bytes.',
    key: 'Id of the rejection.',
    writers: ['ingest', 'identity'],
    readers: ['ingest', 'identity'],
    messages: [{ name: 'rejectedItem', schema: rejectedItemSchema }],
  },
  [topics.resolved]: {
    name: 'resolved',
    summary: 'Touchpoints under their primary identifier, and memberships of identifiers in profiles.',
    key: 'Primary identifier of the touchpoint, or an identifier of the change.',
    writers: ['identity'],
    readers: ['metrics'],
    messages: resolvedRecordSchema.options.map((schema) => ({
      name: nameOfKind(schema.shape.kind.value),
      schema,
    })),
  },
  [topics.receiptNumbers]: {
    name: 'receiptNumbers',
    summary: 'Numbers of till receipts, whatever became of the receipts.',
    key: 'Store and register.',
    writers: ['ingest'],
    readers: ['ingest'],
    messages: [{ name: 'receivedReceipt', schema: receivedReceiptSchema }],
  },
  [topics.journeys]: {
    name: 'journeys',
    summary:
      'Where profiles are in their journeys, when they are about to churn and when they have: states, of which the higher version counts.',
    key: 'Id of the profile.',
    writers: ['metrics'],
    readers: ['identity'],
    messages: [{ name: 'profileJourney', schema: profileJourneySchema }],
  },
  [topics.profiles]: {
    name: 'profiles',
    summary: 'Which identifiers profiles consist of: states, of which the higher version counts.',
    key: 'Id of the profile.',
    writers: ['identity'],
    readers: [],
    messages: [{ name: 'profileChanged', schema: profileChangedSchema }],
  },
};

/** `touchpoint.resolved` to `touchpointResolved`. */
function nameOfKind(kind: string): string {
  return kind.replaceAll(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** @returns JSON: an AsyncAPI 3.0 document */
export function describeTopics(): Record<string, unknown> {
  const entries = Object.entries(descriptions) as [Topic, TopicDescription][];
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Throughline event log',
      version: '1.0.0',
      description:
        'Records are JSON in UTF-8. Fields are added, never renamed: ignore what you do not know, kinds of records too. A record ' +
        'may come twice. `shard` and `sequence` are for the services; a reader from outside ignores them.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description:
          'Where `KAFKA_BROKERS` is set. Without it the log is in Postgres, and these topics are for the services.',
        variables: { brokers: { description: 'host:port', default: 'localhost:9092' } },
      },
    },
    channels: Object.fromEntries(entries.map(([topic, one]) => [one.name, channelOf(topic, one)])),
    operations: Object.fromEntries(entries.flatMap(([, one]) => operationsOf(one))),
    components: {
      messages: Object.fromEntries(
        entries.flatMap(([, { messages, key }]) => messages.map((one) => [one.name, messageOf(one, key)])),
      ),
    },
  };
}

function channelOf(topic: Topic, { summary, messages }: TopicDescription): object {
  const cleanup = compactedTopics.has(topic) ? 'compact' : 'delete';
  return {
    address: topic,
    summary,
    servers: [{ $ref: '#/servers/kafka' }],
    messages: Object.fromEntries(
      messages.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    bindings: {
      kafka: {
        topic,
        partitions: topicPartitions[topic],
        topicConfiguration: { 'cleanup.policy': [cleanup] },
        bindingVersion: '0.5.0',
      },
    },
  };
}

function operationsOf({ name, writers, readers }: TopicDescription): [string, object][] {
  const channel = { $ref: `#/channels/${name}` };
  const title = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  const tagsOf = (services: readonly ServiceName[]): object[] =>
    services.map((service) => ({ name: service }));
  const send: [string, object] = [`send${title}`, { action: 'send', channel, tags: tagsOf(writers) }];
  if (readers.length === 0) return [send];
  return [send, [`receive${title}`, { action: 'receive', channel, tags: tagsOf(readers) }]];
}

function messageOf({ name, schema }: Message, key: string): object {
  const { $schema: _dialect, ...payload } = z.toJSONSchema(schema, {
    target: 'draft-7',
    unrepresentable: 'any',
  });
  const example = topicExamples[name];
  return {
    name,
    payload,
    bindings: { kafka: { key: { type: 'string', description: key }, bindingVersion: '0.5.0' } },
    ...(example === undefined ? {} : { examples: [{ payload: example }] }),
  };
}
