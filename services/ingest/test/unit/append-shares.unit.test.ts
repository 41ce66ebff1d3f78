import { describe, expect, test } from 'vitest';
import { createAppendShares } from '../../src/receive/append-shares.ts';

const record = { topic: 't', key: '', value: 'x'.repeat(100) };

describe('the shares of what is appended', () => {
  test('let neither kind of sender take more than three quarters, whatever the other holds', async () => {
    const { within } = createAppendShares(1_000);
    const { promise: written, resolve: write } = Promise.withResolvers<void>();
    const append = () => written;
    const flood = Array.from({ length: 7 }, () => within('public', [record], append));
    await expect(within('public', [record], append)).rejects.toMatchObject({ code: 'overloaded' });
    const tills = Array.from({ length: 7 }, () => within('server', [record], append));
    await expect(within('server', [record], append)).rejects.toMatchObject({ code: 'overloaded' });
    write();
    await Promise.all([...flood, ...tills]);
    await within('public', [record], append);
  });

  test('are given back when the append fails, and let one pass that is larger', async () => {
    const { within } = createAppendShares(1_000);
    const large = Array.from({ length: 20 }, () => record);
    await expect(within('public', large, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await within('public', large, () => Promise.resolve());
  });
});
