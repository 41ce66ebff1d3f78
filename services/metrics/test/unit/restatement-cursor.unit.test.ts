import { describe, expect, test } from 'vitest';
import { formatRestatementCursor, parseRestatementCursor } from '../../src/http/restatement-cursor.ts';

const quarter = Date.parse('2026-11-03T10:45:00Z');

/** Also what no list has written. */
const cursorOf = (parts: string): string => Buffer.from(parts).toString('base64url');

describe('the cursor of restatements', () => {
  test.each([
    [{ quarter }],
    [{ quarter, cause: 'late_touchpoint', closedThrough: 20_760, from: -719_162 }],
    [{ quarter, cause: 'merge', closedThrough: 20_760, from: 20_000 }],
  ])('is read back as it was written: %o', (position) => {
    expect(parseRestatementCursor(formatRestatementCursor(position))).toEqual(position);
  });

  test.each([
    '',
    '1',
    `${quarter} `,
    `${quarter + 1}`,
    `${quarter} merge`,
    `${quarter} merge 1 2 3`,
    '-900000',
  ])('is refused as %j', (text) => {
    expect(() => parseRestatementCursor(cursorOf(text))).toThrow(/nextCursor/);
  });

  test('is refused for a time after the year 9999', () => {
    const farthest = Date.parse('9999-12-31T23:45:00Z');
    expect(parseRestatementCursor(cursorOf(`${farthest}`))).toEqual({ quarter: farthest });
    expect(() => parseRestatementCursor(cursorOf(`${farthest + 900_000}`))).toThrow(/nextCursor/);
  });
});
