import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

describe('the arguments of kafka:up', () => {
  test.each([
    [[], 1],
    [['--brokers', '3'], 3],
    [['--brokers=3'], 3],
    [['--brokers', '1'], 1],
  ])('%j are %i broker(s)', (arguments_, brokers) => {
    expect(readConfig(arguments_, {}).brokers).toBe(brokers);
  });

  test.each([
    [['--brokers']],
    [['--brokers', '2']],
    [['3']],
    [['--brokers=3', '1']],
    [['--brokers', '3', 'x']],
  ])('%j are a mistake', (arguments_) => {
    expect(() => readConfig(arguments_, {})).toThrow('--brokers 1 or --brokers 3');
  });

  test('the data lie in the home', () => {
    expect(readConfig([], { THROUGHLINE_HOME: '/home' }).directory).toBe('/home/kafka');
  });
});
