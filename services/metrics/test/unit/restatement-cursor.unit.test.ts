import { describe, expect, test } from 'vitest';
import { formatRestatementCursor, parseRestatementCursor } from '../../src/http/restatement-cursor.ts';

/** Also what no list has written. */
const cursorOf = (parts: string): string => Buffer.from(parts).toString('base64url');

describe('the cursor of restatements', () => {
  test.each([
    [{ epoch: 7 }],
    [{ epoch: 35_040, cause: 'late_touchpoint', from: -719_162 }],
    [{ epoch: 35_040, cause: 'merge', from: 20_000 }],
  ])('is read back as it was written: %o', (position) => {
    expect(parseRestatementCursor(formatRestatementCursor(position))).toEqual(position);
  });

  test.each(['', '7 ', '-7', '7.5', '7 merge', '7 merge 1 2', '7 merge 3000000', '9'.repeat(16)])(
    'is refused as %j',
    (text) => {
      expect(() => parseRestatementCursor(cursorOf(text))).toThrow(/nextCursor/);
    },
  );
});
