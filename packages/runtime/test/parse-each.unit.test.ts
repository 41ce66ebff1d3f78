import { expect, test } from 'vitest';
import { ConfigError } from '../src/config-error.ts';
import { parseEach } from '../src/parse-each.ts';

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const refuse = (problem: string) => (): number => {
  throw new ConfigError(problem);
};

test('the parts of a configuration that can be read are its fields', () => {
  expect(parseEach({ port: () => 80, host: () => 'a' })).toEqual({ port: 80, host: 'a' });
});

test('each problem of all parts, nested ones included, is named once and in their order', () => {
  const nested = () => parseEach({ address: refuse('B: wrong'), key: refuse('C: wrong') });
  const read = () => parseEach({ a: refuse('A: wrong'), nested, again: refuse('A: wrong'), fine: () => 1 });
  expect(problemsOf(read)).toEqual(['A: wrong', 'B: wrong', 'C: wrong']);
  expect(read).toThrow('A: wrong\nB: wrong\nC: wrong');
});

test('an error that is not about settings is not taken for one', () => {
  const read = () =>
    parseEach({
      a: refuse('A: wrong'),
      b: () => {
        throw new TypeError('a defect');
      },
    });
  expect(read).toThrow(TypeError);
});
