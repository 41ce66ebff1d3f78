import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

describe('the arguments of kafka:up', () => {
  test.each([
    [[], 1],
    [['--brokers', '3'], 3],
    [['--brokers=3'], 3],
    [['--', '--brokers', '1'], 1],
  ])('%j are %i broker(s)', (arguments_, brokers) => {
    expect(readConfig(arguments_, {}).brokers).toBe(brokers);
  });

  test.each([
    [['--brokers']],
    [['--brokers', '2']],
    [['3']],
    [['--brokers=3', '1']],
    [['--brokers', '3', 'x']],
  ])('%j are answered with the usage', (arguments_) => {
    expect(() => readConfig(arguments_, {})).toThrow('usage: pnpm kafka:up [--brokers 1|3]');
  });

  test('the data lie in the home', () => {
    expect(readConfig([], { THROUGHLINE_HOME: '/home' }).directory).toBe('/home/kafka');
  });
});
