/** Errors as kafkajs makes them; infra/kafka's test of a secured broker provokes what a real broker can. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { describe, expect, test } from 'vitest';
import {
  explainKafkaFailure,
  kafkaFailureKinds,
  type KafkaFailureKind,
} from '../../src/kafka/explain-kafka-failure.ts';
import { requireAnswers } from '../../src/kafka/kafka-producer.ts';

const classes = kafkajs as unknown as Record<string, new (...parts: unknown[]) => Error>;

/** The types say less than the client gives. */
function make(name: string, ...parts: unknown[]): Error {
  const KafkaJSClass = classes[name];
  if (KafkaJSClass === undefined) throw new Error(`kafkajs has no ${name}`);
  return new KafkaJSClass(...parts);
}

const { createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

const broker = 'kafka-1:9092';
/** As the client's connection wraps what a socket says, and its retries wrap that. */
const connection = (text: string, code?: string): Error =>
  make(
    'KafkaJSNumberOfRetriesExceeded',
    make('KafkaJSConnectionError', `Connection error: ${text}`, { broker, code }),
    { retryCount: 5, retryTime: 1_600 },
  );
const protocol = (code: number): Error => createErrorFromCode(code);
const creation = (code: number): Error =>
  make('KafkaJSAggregateError', 'Topic creation errors', [
    make('KafkaJSCreateTopicError', createErrorFromCode(code), 'touchpoints.v1'),
  ]);
const openSsl = (number: string, words: string): string =>
  `400DC8AB4B7F0000:error:${number}:SSL routines:ssl3_read_bytes:${words}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:918:`;

const unanswered = catchError(() => requireAnswers([{ topic: 'touchpoints.v1', partition: 3 }], []));

function catchError(act: () => void): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

const cases: readonly (readonly [KafkaFailureKind, Error])[] = [
  ['unreachable', connection('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED')],
  ['unreachable', make('KafkaJSConnectionError', 'Connection timeout', { broker })],
  ['unknown_host', connection('getaddrinfo ENOTFOUND kafka-1', 'ENOTFOUND')],
  ['unknown_host', connection('getaddrinfo EAI_AGAIN kafka-1', 'EAI_AGAIN')],
  ['no_answer', new Error('Broker not connected')],
  [
    'no_answer',
    make('KafkaJSRequestTimeoutError', 'Request Metadata(key: 3, version: 6) timed out', { broker }),
  ],
  ['no_answer', protocol(7)],
  ['connection_closed', make('KafkaJSConnectionClosedError', 'Closed connection', { host: 'k', port: 9092 })],
  ['connection_closed', connection('read ECONNRESET', 'ECONNRESET')],
  [
    'tls_mismatch',
    connection(`${openSsl('0A00010B', 'wrong version number')}77:\n`, 'ERR_SSL_WRONG_VERSION_NUMBER'),
  ],
  [
    'tls_mismatch',
    connection(
      'Client network socket disconnected before secure TLS connection was established',
      'ECONNRESET',
    ),
  ],
  [
    'certificate_not_trusted',
    connection(
      'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ),
  ],
  [
    'certificate_not_trusted',
    connection('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'),
  ],
  [
    'certificate_other_name',
    connection(
      "Hostname/IP does not match certificate's altnames: Host: localhost. is not cert's CN: broker",
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ),
  ],
  ['certificate_expired', connection('certificate has expired', 'CERT_HAS_EXPIRED')],
  [
    'client_certificate_refused',
    connection(
      `${openSsl('0A000412', 'ssl/tls alert bad certificate')}SSL alert number 42\n`,
      'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
    ),
  ],
  [
    'client_certificate_refused',
    connection(
      `${openSsl('0A00045C', 'tlsv13 alert certificate required')}SSL alert number 116\n`,
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    ),
  ],
  [
    'sasl_refused',
    make(
      'KafkaJSSASLAuthenticationError',
      'SASL PLAIN authentication failed: Authentication failed: Invalid username or password',
    ),
  ],
  ['sasl_refused', protocol(58)],
  ['sasl_mechanism_not_offered', protocol(33)],
  ['sasl_not_expected', protocol(34)],
  ['topic_not_authorized', protocol(29)],
  ['topic_not_authorized', creation(29)],
  ['group_not_authorized', protocol(30)],
  ['cluster_not_authorized', protocol(31)],
  ['too_few_replicas', protocol(19)],
  [
    'too_few_replicas',
    make('KafkaJSNumberOfRetriesExceeded', protocol(20), { retryCount: 5, retryTime: 1_600 }),
  ],
  ['too_few_brokers', creation(38)],
  ['topic_refused', creation(44)],
  ['record_too_large', protocol(10)],
  ['topic_missing', protocol(3)],
  ['partition_missing', unanswered],
  ['leader_missing', protocol(5)],
  ['leader_missing', protocol(6)],
  ['coordinator_missing', protocol(15)],
  ['coordinator_missing', make('KafkaJSGroupCoordinatorNotFound', 'Failed to find group coordinator')],
];

describe('a failure of Kafka', () => {
  test.each(cases)('is %s: %s', (kind, error) => {
    const explained = explainKafkaFailure(error);
    expect(explained.kind).toBe(kind);
    expect(explained.hint).toMatch(/^[A-Z].*\.$/);
  });

  test.each(cases)('is %s also when only its text is known, as in a line of the client', (kind, error) => {
    const { message } = explainKafkaFailure(error);
    // An address in a chain is in the text; what has no text of its own is known by its class.
    expect(explainKafkaFailure({ message }).kind).toBe(
      message === 'Failed to find group coordinator' ? 'unknown' : kind,
    );
  });

  test('names the broker or the topic', () => {
    expect(
      explainKafkaFailure(make('KafkaJSConnectionError', 'Connection timeout', { broker })).message,
    ).toBe('Connection timeout (kafka-1:9092)');
    expect(explainKafkaFailure(creation(29)).message).toContain('(touchpoints.v1)');
  });

  test('is explained without what only OpenSSL understands', () => {
    const error = connection(
      `${openSsl('0A000412', 'ssl/tls alert bad certificate')}SSL alert number 42\n`,
      'ERR_SSL_X_ALERT_Y',
    );
    expect(explainKafkaFailure(error).message).toBe(
      'Connection error: ssl/tls alert bad certificate (kafka-1:9092)',
    );
  });

  test('that is unknown keeps its message, and is not waited for', () => {
    expect(explainKafkaFailure(new Error('a novelty'))).toMatchObject({
      kind: 'unknown',
      message: 'a novelty',
      mayHeal: false,
    });
    expect(explainKafkaFailure('a novelty').message).toBe('a novelty');
  });

  test('may pass where brokers are away, not where a setting or a right is wrong', () => {
    const healing = new Set(
      cases.filter(([, error]) => explainKafkaFailure(error).mayHeal).map(([kind]) => kind),
    );
    expect([...healing].toSorted()).toEqual([
      'connection_closed',
      'coordinator_missing',
      'leader_missing',
      'no_answer',
      'too_few_brokers',
      'too_few_replicas',
      'unknown_host',
      'unreachable',
    ]);
  });

  test('has its row in the page for operators, and an error here', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../../infra/docs/deployment.md'), 'utf8');
    expect(kafkaFailureKinds.filter((kind) => !page.includes(`\`${kind}\``))).toEqual([]);
    const shown = new Set<string>([...cases.map(([kind]) => kind), 'unknown']);
    expect(kafkaFailureKinds.filter((kind) => !shown.has(kind))).toEqual([]);
  });

  test('that has itself as its cause is read to an end', () => {
    const error = new Error('round');
    error.cause = error;
    expect(explainKafkaFailure(error).kind).toBe('unknown');
  });
});
