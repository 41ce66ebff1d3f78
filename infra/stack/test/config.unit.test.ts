import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const allKeys = {
  THROUGHLINE_WRITE_KEY: 'wk_0123456789abcdef0123456789abcdef',
  THROUGHLINE_SERVER_KEY: 'sk_0123456789abcdef0123456789abcdef',
  THROUGHLINE_READ_KEY: 'rk_0123456789abcdef0123456789abcdef',
  THROUGHLINE_ADMIN_KEY: 'ak_0123456789abcdef0123456789abcdef',
};

describe('the settings of start', () => {
  test('need nothing to be set', () => {
    const config = readConfig({});
    expect(config.host).toBe('127.0.0.1');
    expect(config.ports).toEqual({ ingest: 8080, identity: 8081, metrics: 8082 });
    expect(config.home).toMatch(/[/\\]\.throughline$/);
    expect(config.databaseUrl).toBeUndefined();
  });

  test('count an empty variable as not set', () => {
    const config = readConfig({ DATABASE_URL: '', THROUGHLINE_INGEST_PORT: '', THROUGHLINE_WRITE_KEY: '' });
    expect(config.databaseUrl).toBeUndefined();
    expect(config.ports.ingest).toBe(8080);
    expect(config.keys).toEqual({});
  });

  test.each(['http', '0', '65536', '80.5'])('refuse the port %j and name its variable', (port) => {
    expect(() => readConfig({ THROUGHLINE_IDENTITY_PORT: port })).toThrow('THROUGHLINE_IDENTITY_PORT');
  });

  test('refuse one port for two services and name both variables', () => {
    expect(() => readConfig({ THROUGHLINE_METRICS_PORT: '8080' })).toThrow(
      /THROUGHLINE_INGEST_PORT and THROUGHLINE_METRICS_PORT are both 8080/,
    );
  });

  test('refuse what the services would refuse of Kafka, before any is started', () => {
    const kafka = { KAFKA_BROKERS: 'kafka-1:9093', KAFKA_SASL_USERNAME: 'throughline' };
    expect(() => readConfig(kafka)).toThrow(/^KAFKA_SASL_MECHANISM: /);
  });

  test('open the services to others only with keys that were set, and name those that are missing', () => {
    const { THROUGHLINE_READ_KEY: _, ...allButOne } = allKeys;
    expect(() => readConfig({ THROUGHLINE_HOST: '0.0.0.0', ...allButOne })).toThrow(
      'Set THROUGHLINE_READ_KEY ',
    );
    expect(readConfig({ THROUGHLINE_HOST: '0.0.0.0', ...allKeys }).host).toBe('0.0.0.0');
  });
});
