/** How to reach Kafka, from the environment: brokers, TLS, login. Wrong settings are found at the start, not by a broker. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { isLoopbackHost, parseVariable, type Environment } from './listen-config.ts';
import { parseEach } from './parse-each.ts';

export interface KafkaSettings {
  brokers: readonly string[];
  /** PEM texts; undefined when brokers are spoken to in the clear. */
  tls: { authorities?: string; certificate?: string; key?: string } | undefined;
  sasl: { mechanism: SaslMechanism; username: string; password: string } | undefined;
  /** Of what is sent; all of them are read. */
  compression: Compression;
}

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
type SaslMechanism = (typeof mechanisms)[number];

const compressions = ['zstd', 'gzip', 'none'] as const;
type Compression = (typeof compressions)[number];

/** An address of version 6 stands in brackets. */
const brokerPattern = /^([^\s:/]+|\[[0-9a-f:.]+\]):[1-9]\d{0,4}$/i;

const brokersSchema = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((broker) => broker.trim())
      .filter((broker) => broker !== ''),
  )
  .refine(
    (brokers) => brokers.every((broker) => brokerPattern.test(broker) && portOf(broker) <= 65_535),
    'must be host:port, several separated by commas, such as kafka-1:9092,kafka-2:9092',
  );

const fileVariables = ['KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CERTIFICATE_FILE', 'KAFKA_TLS_KEY_FILE'] as const;
const tlsVariables = ['KAFKA_TLS', ...fileVariables] as const;
const saslVariables = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;

export type ReadText = (path: string) => string;

/**
 * The `KAFKA_` variables. Undefined without brokers: the log is in Postgres.
 * @throws ConfigError naming the variable, never the password or what a file holds
 */
export function parseKafka(
  environment: Environment,
  readText: ReadText = (path) => readFileSync(path, 'utf8'),
): KafkaSettings | undefined {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  const brokers = parseVariable(environment, 'KAFKA_BROKERS', brokersSchema);
  if (brokers.length === 0) {
    if (isSet('KAFKA_BROKERS')) throw new ConfigError('KAFKA_BROKERS: names no broker');
    const pointless = [...tlsVariables, ...saslVariables, 'KAFKA_COMPRESSION'].find(isSet);
    if (pointless === undefined) return undefined;
    throw new ConfigError(`${pointless}: is for Kafka, and KAFKA_BROKERS is not set`);
  }
  const { tls, sasl, compression } = parseEach({
    tls: () => parseTls(environment, isSet, readText),
    sasl: () => parseSasl(environment, isSet),
    compression: () =>
      parseVariable(
        environment,
        'KAFKA_COMPRESSION',
        z.enum(compressions, { error: `must be one of ${compressions.join(', ')}` }).default('zstd'),
      ),
  });
  const distant = brokers.find((broker) => !isLoopbackHost(hostOf(broker)));
  if (sasl?.mechanism === 'plain' && tls === undefined && distant !== undefined) {
    throw new ConfigError(
      `KAFKA_SASL_MECHANISM: plain would send the password in the clear to ${distant}; set KAFKA_TLS=true, or take scram-sha-512`,
    );
  }
  return Object.freeze({ brokers, tls, sasl, compression });
}

function portOf(broker: string): number {
  return Number(broker.slice(broker.lastIndexOf(':') + 1));
}

function hostOf(broker: string): string {
  return broker.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function parseTls(
  environment: Environment,
  isSet: (name: string) => boolean,
  readText: ReadText,
): KafkaSettings['tls'] {
  const wanted = parseVariable(
    environment,
    'KAFKA_TLS',
    z.enum(['true', 'false'], { error: 'must be true or false' }).optional(),
  );
  const file = fileVariables.find(isSet);
  if (wanted === 'false' && file !== undefined) {
    throw new ConfigError(`KAFKA_TLS: is false, but ${file} is set`);
  }
  if (wanted !== 'true' && file === undefined) return undefined;
  const read = (name: string): string | undefined => {
    const path = environment[name];
    return path === undefined || path === '' ? undefined : readSettingFile(name, path, readText);
  };
  const [authorities, certificate, key] = [
    read('KAFKA_TLS_CA_FILE'),
    read('KAFKA_TLS_CERTIFICATE_FILE'),
    read('KAFKA_TLS_KEY_FILE'),
  ];
  if (authorities !== undefined) parseCertificate('KAFKA_TLS_CA_FILE', authorities);
  if ((certificate === undefined) !== (key === undefined)) {
    const [set, missing] = certificate === undefined ? ['KEY', 'CERTIFICATE'] : ['CERTIFICATE', 'KEY'];
    throw new ConfigError(`KAFKA_TLS_${missing}_FILE: must be set where KAFKA_TLS_${set}_FILE is`);
  }
  if (certificate !== undefined && key !== undefined) checkKey(certificate, key);
  return {
    ...(authorities === undefined ? {} : { authorities }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

function readSettingFile(name: string, path: string, readText: ReadText): string {
  try {
    return readText(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ConfigError(`${name}: the file ${path} cannot be read (${code})`);
  }
}

/** Node takes a file without a certificate for one that trusts no authority, and says so much later. */
function parseCertificate(name: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new ConfigError(`${name}: the file does not begin with a certificate in PEM`);
  }
}

function checkKey(certificate: string, key: string): void {
  const parsed = parseCertificate('KAFKA_TLS_CERTIFICATE_FILE', certificate);
  let privateKey;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    throw new ConfigError('KAFKA_TLS_KEY_FILE: the file is not a private key in PEM without a passphrase');
  }
  if (!parsed.checkPrivateKey(privateKey)) {
    throw new ConfigError('KAFKA_TLS_KEY_FILE: is not the key of the certificate');
  }
}

function parseSasl(environment: Environment, isSet: (name: string) => boolean): KafkaSettings['sasl'] {
  const set = saslVariables.filter(isSet);
  if (set.length === 0) return undefined;
  const missing = saslVariables.find((name) => !set.includes(name));
  if (missing !== undefined) {
    throw new ConfigError(`${missing}: must be set where ${set[0]} is`);
  }
  return {
    mechanism: parseVariable(
      environment,
      'KAFKA_SASL_MECHANISM',
      // Kafka itself writes them in capitals.
      z
        .string()
        .toLowerCase()
        .pipe(z.enum(mechanisms, { error: `must be one of ${mechanisms.join(', ')}` })),
    ),
    username: parseVariable(environment, 'KAFKA_SASL_USERNAME', z.string().max(1_000)),
    password: parseVariable(environment, 'KAFKA_SASL_PASSWORD', z.string().max(10_000)),
  };
}
