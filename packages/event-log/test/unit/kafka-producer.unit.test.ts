import kafkajs, { type Kafka, type RecordMetadata } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { KafkaProducer, requireAnswers } from '../../src/kafka/kafka-producer.ts';

const part = (partition: number) => ({ topic: 't', partition, records: [{ key: 'k', value: 'v' }] });
const answer = (partition: number, errorCode = 0): RecordMetadata => ({
  topicName: 't',
  partition,
  errorCode,
});

interface SentBatch {
  topicMessages: { messages: { partition: number }[] }[];
  compression: number;
}

/** Stands in for the client library only: what real brokers do in a failover cannot be had on demand. */
function createClient(answers: (RecordMetadata[] | Error)[], compression?: 'zstd' | 'gzip' | 'none') {
  const sent: number[][] = [];
  const compressions: number[] = [];
  let producers = 0;
  const kafka = {
    producer() {
      producers++;
      return {
        connect: () => Promise.resolve(),
        disconnect: () => Promise.resolve(),
        sendBatch({ topicMessages, compression: type }: SentBatch) {
          compressions.push(type);
          sent.push(topicMessages.flatMap(({ messages }) => messages.map(({ partition }) => partition)));
          const next = answers.shift() ?? new Error('nothing more was to be sent');
          return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
        },
      };
    },
  };
  const producer = new KafkaProducer(kafka as unknown as Kafka, compression);
  return { producer, sent, compressions, producers: () => producers };
}

describe('KafkaProducer', () => {
  test('sends everything again, by a new producer, when a partition was not answered for', async () => {
    const { producer, sent, producers } = createClient([[answer(0)], [answer(0), answer(1)]]);
    await producer.write([part(0), part(1)]);
    expect(sent).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(producers()).toBe(2);
  });

  test('sends again after a failure that may pass', async () => {
    const passing = Object.assign(new Error('not the leader'), { retriable: true });
    const { producer, sent } = createClient([passing, [answer(0)]]);
    await producer.write([part(0)]);
    expect(sent).toHaveLength(2);
  });

  test('fails at once where sending again cannot help, and begins with a new producer', async () => {
    const lasting = Object.assign(new Error('not authorized'), { retriable: false });
    const { producer, producers } = createClient([lasting, [answer(0)]]);
    await expect(producer.write([part(0)])).rejects.toThrow('not authorized');
    await producer.write([part(0)]);
    expect(producers()).toBe(2);
  });

  test('sends with the compression that was chosen, zstd by itself', async () => {
    const seen = [];
    for (const compression of [undefined, 'gzip', 'none'] as const) {
      const { producer, compressions } = createClient([[answer(0)]], compression);
      await producer.write([part(0)]);
      seen.push(...compressions);
    }
    const { ZSTD, GZIP, None } = kafkajs.CompressionTypes;
    expect(seen).toEqual([ZSTD, GZIP, None]);
  });

  test('puts two parts of one partition into two sends', async () => {
    const { producer, sent } = createClient([[answer(0), answer(1)], [answer(0)]]);
    await producer.write([part(0), part(0), part(1)]);
    expect(sent).toEqual([[0, 1], [0]]);
  });
});

describe('requireAnswers', () => {
  test('names the partitions that no broker answered for, or refused', () => {
    expect(() => requireAnswers([part(0), part(1), part(2)], [answer(0), answer(2, 7)])).toThrow('t/1, t/2');
    expect(() => requireAnswers([part(0)], [answer(0)])).not.toThrow();
  });
});
