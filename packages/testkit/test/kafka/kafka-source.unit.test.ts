import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { brokerOfCompose } from '../../src/container-kafka.ts';
import { decideKafkaSource } from '../../src/kafka-source.ts';
import { skipLoudly } from '../../src/test-kafka.ts';

describe('the Kafka of a test run', () => {
  const means = (given: string | undefined, containers: boolean, java: boolean) => ({
    given,
    hasContainers: () => containers,
    hasJavaAndMaven: () => java,
  });

  test.each([
    ['b:1', true, true, { kind: 'given', brokers: 'b:1' }],
    ['b:1', false, false, { kind: 'given', brokers: 'b:1' }],
    [undefined, true, true, { kind: 'container' }],
    ['', true, false, { kind: 'container' }],
    [undefined, false, true, { kind: 'processes' }],
  ])('given %j, an engine %j, Java and Maven %j: %j', (given, containers, java, expected) => {
    expect(decideKafkaSource(means(given, containers, java))).toEqual(expected);
  });

  test('is missing where there is none of them: loudly, and under CI a failure', () => {
    const source = decideKafkaSource(means(undefined, false, false));
    const missing = source.kind === 'none' ? source.missing : '';
    expect(missing).toContain('Docker');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(skipLoudly(missing, {})).toBe(false);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('***** SKIPPED'));
    warn.mockRestore();
    expect(() => skipLoudly(missing, { CI: 'true' })).toThrow(missing);
  });

  test('in a container is the broker of the compose file, configured with the address where it is reached', () => {
    const file = path.join(import.meta.dirname, '..', '..', '..', '..', 'docker-compose.yml');
    const { image, environment } = brokerOfCompose(readFileSync(file, 'utf8'), 'docker:40123');
    expect(image).toMatch(/^apache\/kafka:\d/);
    expect(environment).toMatchObject({
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'BROKER://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: 'BROKER://docker:40123',
    });
    // Nothing that only Compose would fill in.
    expect(JSON.stringify(environment)).not.toContain('${');
  });
});
