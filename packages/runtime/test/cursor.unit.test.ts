import { expect, test } from 'vitest';
import { readCursor, writeCursor } from '../src/http/cursor.ts';

test('a cursor is read back as it was written, and is safe in a URL', () => {
  const cursor = writeCursor('2026-04-05T06:07:08.009Z', 42, 'ÿ?>');
  expect(cursor).toMatch(/^[\w-]+$/);
  expect(readCursor(cursor, (parts) => parts)).toEqual(['2026-04-05T06:07:08.009Z', '42', 'ÿ?>']);
});

test('a cursor whose parts are no position is refused by its parameter', () => {
  expect(() => readCursor('%%', () => null)).toThrow(
    expect.objectContaining({
      code: 'invalid_parameter',
      details: expect.objectContaining({ field: 'cursor' }) as unknown,
    }) as Error,
  );
});
