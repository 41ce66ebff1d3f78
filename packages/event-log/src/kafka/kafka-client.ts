/** What every part of the Kafka adapter starts from: one way to connect, zstd, and kafkajs' log lines. */
import type { ConnectionOptions } from 'node:tls';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs, { type Kafka, type logCreator, type SASLOptions } from 'kafkajs';

export interface KafkaConnection {
  /** `host:port` of some brokers; they name the others. */
  brokers: readonly string[];
  /** Undefined: in the clear. */
  tls?: KafkaTls | undefined;
  sasl?: KafkaLogin | undefined;
  /** Of what is sent; all of them are read. Default `zstd`, which Kafka knows since 2.1. */
  compression?: 'zstd' | 'gzip' | 'none' | undefined;
}

/** PEM texts. */
export interface KafkaTls {
  /** Authorities that sign the brokers' certificates. Default: those that Node trusts. */
  authorities?: string | undefined;
  /** The client's own, where brokers ask for one. */
  certificate?: string | undefined;
  key?: string | undefined;
}

export interface KafkaLogin {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  username: string;
  password: string;
}

interface ClientOptions {
  clientId: string;
  /** Receives the client's own log lines. */
  say: (namespace: string, detail: string) => void;
  /**
   * Called when a broker refuses a fetch, which kafkajs reports to its log alone: the topic may be gone, or another of the
   * same name by now.
   */
  onFetchRefused?: () => void;
  /** To learn soon that nothing answers, instead of trying for seconds: for checks. */
  isHasty?: boolean;
}

// kafkajs itself has gzip only, which takes ten times as long for less. Node's own zstd, level 1: 1.1 µs for 0.9 KB.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
  compress: (encoder: { buffer: Buffer }) =>
    Promise.resolve(zstdCompressSync(encoder.buffer, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })),
  decompress: (buffer: Buffer) => Promise.resolve(zstdDecompressSync(buffer)),
});

export function createKafka(connection: KafkaConnection, options: ClientOptions): Kafka {
  const { brokers, tls, sasl } = connection;
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: options.clientId,
    connectionTimeout: options.isHasty === true ? 1_000 : 3_000,
    requestTimeout: options.isHasty === true ? 1_500 : 15_000,
    // Of one request; the caller retries, and says so. A hasty one asks each broker once.
    retry:
      options.isHasty === true
        ? { initialRetryTime: 50, maxRetryTime: 100, retries: brokers.length - 1 }
        : { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: sayElsewhere(options),
    ...(tls === undefined ? {} : { ssl: tlsOptions(tls) }),
    // A copy: kafkajs keeps things of its own in it.
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }),
  });
}

/** The check of the certificate is asked for, so that no variable of Node's can switch it off. */
function tlsOptions({ authorities, certificate, key }: KafkaTls): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

/** kafkajs calls an error what it will try again; what matters comes back to the caller as a rejection. */
function sayElsewhere({ say, onFetchRefused }: ClientOptions): logCreator {
  return () =>
    ({ namespace, log: entry }) => {
      if (entry.message.startsWith('Response Fetch(')) onFetchRefused?.();
      const reason: unknown = entry['error'];
      say(namespace, typeof reason === 'string' ? `${entry.message}: ${reason}` : entry.message);
    };
}
