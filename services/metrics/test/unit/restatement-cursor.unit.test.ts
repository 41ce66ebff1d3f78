import { describe, expect, test } from 'vitest';
import { formatRestatementCursor, parseRestatementCursor } from '../../src/http/restatement-cursor.ts';

/** Also what no list has written. */
const cursorOf = (parts: string): string => Buffer.from(parts).toString('base64url');

describe('the cursor of restatements', () => {
  test.each([
    [{ generation: 1, epoch: 7 }],
    [{ generation: 3, epoch: null }],
    [{ generation: 32_767, rebuilt: -719_163 }],
    [{ generation: 1, epoch: 35_040, cause: 'late_touchpoint', from: -719_162 }],
    [{ generation: 2, epoch: 35_040, cause: 'merge', from: 20_000 }],
  ])('is read back as it was written: %o', (position) => {
    expect(parseRestatementCursor(formatRestatementCursor(position))).toEqual(position);
  });

  test.each([
    '',
    '7',
    '1 7 ',
    '1 -7',
    '1 7.5',
    '1 7 merge',
    '1 7 merge 1 2',
    '1 7 merge 3000000',
    `1 ${'9'.repeat(16)}`,
    '1 rebuilt',
    '1 rebuilt -719164',
    '1 newest 7',
  ])('is refused as %j', (text) => {
    expect(() => parseRestatementCursor(cursorOf(text))).toThrow(/nextCursor/);
  });
});
