import { RetryTransaction } from '@throughline/postgres';
import { describe, expect, test } from 'vitest';
import { classifyFailure, describeFailure, failureName } from '../../src/consumer-loop/classify-failure.ts';
import { OffsetWentBack } from '../../src/consumer/consume-in-transaction.ts';

const withCode = (code: string, message = 'of the server') => Object.assign(new Error(message), { code });
const running = new AbortController().signal;

describe('a failure', () => {
  test.each([
    ['a value out of range', withCode('22003'), 'own'],
    ['a violated constraint', withCode('23514'), 'own'],
    ['a statement timeout', withCode('57014'), 'own'],
    ['memory that Postgres does not have', withCode('53200'), 'own'],
    ['too many parameters', withCode('54000'), 'own'],
    ['a stack that overflows', new RangeError('Maximum call stack size exceeded'), 'own'],
    ['something thrown that is no error', 'a text', 'own'],
    ['a transaction that idled', withCode('25P03'), 'connection'],
    ['a shutdown of the server', withCode('57P01'), 'connection'],
    ['a lost connection', new Error('Connection terminated unexpectedly'), 'connection'],
    ['a refused connection', withCode('ECONNREFUSED'), 'connection'],
    ['a deadlock', withCode('40P01'), 'contention'],
    ['locks that are held elsewhere', new RetryTransaction('held'), 'contention'],
    ['a full disk', withCode('53100'), 'environment'],
    ['a read-only database', withCode('25006'), 'environment'],
    ['a missing table', withCode('42P01'), 'environment'],
    ['a missing right', withCode('42501'), 'environment'],
    ['a fence that refuses', new OffsetWentBack(1, 2), 'interrupted'],
  ])('by %s is classified', (_, error, kind) => {
    expect(classifyFailure(error, running)).toBe(kind);
    expect(classifyFailure(new Error('wrapped', { cause: error }), running)).toBe(
      typeof error === 'string' ? 'own' : kind,
    );
  });

  test('during a stop is not the fault of the batch', () => {
    expect(classifyFailure(new RangeError('no'), AbortSignal.abort())).toBe('interrupted');
  });

  test('is logged by name and code, and kept with its message', () => {
    const error = withCode('22021', 'invalid byte in "ada@example.org"');
    expect(failureName(error)).toBe('Error 22021');
    expect(describeFailure(error)).toBe('Error 22021: invalid byte in "ada@example.org"');
    expect(failureName(new RangeError('x'))).toBe('RangeError');
  });
});
