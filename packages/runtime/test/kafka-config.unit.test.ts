import { generateKeyPairSync } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { parseKafka } from '../src/index.ts';

const password = 'never-in-a-message';
const login = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'throughline',
  KAFKA_SASL_PASSWORD: password,
};
const certificate = rootCertificates[0] ?? '';
const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'prime256v1',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const files: Record<string, string> = { '/ca.pem': certificate, '/key.pem': privateKey, '/text': 'hello' };

function readText(path: string): string {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
  return text;
}

const parse = (environment: Record<string, string>, brokers = 'kafka-1:9093, kafka-2:9093') =>
  parseKafka({ KAFKA_BROKERS: brokers, ...environment }, readText);

describe('the settings of Kafka', () => {
  test('are none without brokers', () => {
    expect(parse({}, '')).toBeUndefined();
    expect(parse({ KAFKA_TLS: '', KAFKA_SASL_PASSWORD: '' }, '')).toBeUndefined();
  });

  test('are brokers alone, spoken to in the clear', () => {
    const brokers = ['kafka-1:9093', 'kafka-2:9093'];
    expect(parse({})).toEqual({ brokers, tls: undefined, sasl: undefined, compression: 'zstd' });
    expect(parse({ KAFKA_COMPRESSION: 'gzip' })?.compression).toBe('gzip');
    expect(parse({ KAFKA_TLS: 'false' })?.tls).toBeUndefined();
  });

  test('are TLS when that, or one of its files, is set', () => {
    expect(parse({ KAFKA_TLS: 'true' })?.tls).toEqual({});
    expect(parse({ KAFKA_TLS_CA_FILE: '/ca.pem' })?.tls).toEqual({ authorities: certificate });
  });

  test('are a login, of a mechanism in any case', () => {
    const sasl = { mechanism: 'scram-sha-512', username: 'throughline', password };
    expect(parse(login)?.sasl).toEqual(sasl);
    expect(parse({ ...login, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' })?.sasl).toEqual(sasl);
  });

  test('let a password go in the clear on this machine only', () => {
    const plain = { ...login, KAFKA_SASL_MECHANISM: 'plain' };
    expect(parse(plain, '127.0.0.1:9092,localhost:9093,[::1]:9094')?.sasl?.mechanism).toBe('plain');
    expect(parse({ ...plain, KAFKA_TLS: 'true' })?.sasl?.mechanism).toBe('plain');
    expect(() => parse(plain)).toThrow(/^KAFKA_SASL_MECHANISM: .*in the clear to kafka-1:9093/);
    expect(() => parse(plain, '127.0.0.1:9092,kafka-2:9092')).toThrow('kafka-2:9092');
  });

  test.each([
    'kafka-1',
    'kafka-1:0',
    'kafka-1:99999',
    'http://kafka-1:9092',
    ',',
    'kafka-1:9092 kafka-2:9092',
  ])('are refused when the brokers are %s', (brokers) => {
    expect(() => parse({}, brokers)).toThrow(/^KAFKA_BROKERS: /);
  });

  test.each([
    [{ KAFKA_COMPRESSION: 'snappy' }, 'KAFKA_COMPRESSION: must be one of zstd, gzip, none'],
    [{ KAFKA_TLS: 'yes' }, 'KAFKA_TLS: must be true or false'],
    [
      { KAFKA_TLS: 'false', KAFKA_TLS_CA_FILE: '/ca.pem' },
      'KAFKA_TLS: is false, but KAFKA_TLS_CA_FILE is set',
    ],
    [{ KAFKA_TLS_CA_FILE: '/gone.pem' }, 'KAFKA_TLS_CA_FILE: the file /gone.pem cannot be read (ENOENT)'],
    [{ KAFKA_TLS_CA_FILE: '/text' }, 'KAFKA_TLS_CA_FILE: the file does not begin with a certificate'],
    [{ KAFKA_TLS_CERTIFICATE_FILE: '/ca.pem' }, 'KAFKA_TLS_KEY_FILE: must be set'],
    [{ KAFKA_TLS_KEY_FILE: '/key.pem' }, 'KAFKA_TLS_CERTIFICATE_FILE: must be set'],
    [
      { KAFKA_TLS_CERTIFICATE_FILE: '/ca.pem', KAFKA_TLS_KEY_FILE: '/text' },
      'KAFKA_TLS_KEY_FILE: the file is not a private key',
    ],
    [
      { KAFKA_TLS_CERTIFICATE_FILE: '/ca.pem', KAFKA_TLS_KEY_FILE: '/key.pem' },
      'KAFKA_TLS_KEY_FILE: is not the key of the certificate',
    ],
    [{ ...login, KAFKA_SASL_MECHANISM: '' }, 'KAFKA_SASL_MECHANISM: must be set'],
    [{ ...login, KAFKA_SASL_USERNAME: '' }, 'KAFKA_SASL_USERNAME: must be set'],
    [{ ...login, KAFKA_SASL_PASSWORD: '' }, 'KAFKA_SASL_PASSWORD: must be set'],
    [{ ...login, KAFKA_SASL_MECHANISM: 'gssapi' }, 'KAFKA_SASL_MECHANISM: must be one of plain, scram'],
  ])('%j are refused: %s', (environment, message) => {
    expect(() => parse(environment)).toThrow(message);
  });

  test.each(['KAFKA_TLS', 'KAFKA_TLS_CA_FILE', 'KAFKA_SASL_USERNAME'])('%s needs brokers', (name) => {
    expect(() => parse({ [name]: 'x' }, '')).toThrow(`${name}: is for Kafka, and KAFKA_BROKERS is not set`);
  });

  test('are refused without showing the password', () => {
    const messageOf = (environment: Record<string, string>, brokers?: string): string => {
      try {
        parse(environment, brokers);
        return 'not refused';
      } catch (error) {
        return String(error);
      }
    };
    for (const text of [
      messageOf({ ...login, KAFKA_SASL_PASSWORD: password.repeat(1_000) }),
      messageOf({ ...login, KAFKA_SASL_MECHANISM: 'plain' }),
      messageOf({ ...login, KAFKA_SASL_USERNAME: '' }),
      messageOf(login, ''),
    ]) {
      expect(text).toContain('ConfigError: KAFKA_');
      expect(text).not.toContain(password);
    }
  });
});
