/** What every part of the Kafka adapter starts from: one way to connect, zstd, and kafkajs' words in our log. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { StructuredLog } from '@throughline/postgres';
import kafkajs, { type Kafka, type KafkaConfig, type logCreator, type SASLOptions } from 'kafkajs';

export interface KafkaConnection {
  /** `host:port` of some brokers; they name the others. */
  brokers: readonly string[];
  clientId: string;
  ssl?: KafkaConfig['ssl'];
  sasl?: SASLOptions;
}

// kafkajs has gzip only, which takes ten times as long for less. Node's own zstd, level 1: 1.1 µs for 0.9 KB.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
  compress: (encoder: { buffer: Buffer }) =>
    Promise.resolve(zstdCompressSync(encoder.buffer, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })),
  decompress: (buffer: Buffer) => Promise.resolve(zstdDecompressSync(buffer)),
});

/**
 * @param onFetchRefused told when a broker refuses a fetch, of which kafkajs tells nobody but its log: the topic may be
 *   gone, or another of the same name by now
 */
export function createKafka(
  connection: KafkaConnection,
  log: StructuredLog,
  onFetchRefused: () => void = () => {},
): Kafka {
  return new kafkajs.Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    // Of one request; whoever called tries again, and says so.
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: sayInOurLog(log, onFetchRefused),
    ...(connection.ssl === undefined ? {} : { ssl: connection.ssl }),
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl }),
  });
}

/** kafkajs calls an error what it will try again; what matters comes back to the caller as a rejection. */
function sayInOurLog(log: StructuredLog, onFetchRefused: () => void): logCreator {
  return () =>
    ({ namespace, log: entry }) => {
      if (entry.message.startsWith('Response Fetch(')) onFetchRefused();
      log.warn(
        { event: 'log.kafka_client', namespace, detail: entry.message },
        'the Kafka client met a problem',
      );
    };
}
