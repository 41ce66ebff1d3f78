import { describe, expect, test } from 'vitest';
import { formatCsv } from '../../src/http/csv.ts';

function cell(value: string | number | boolean | null): string {
  return formatCsv(['c'], [{ c: value }]).slice('c\r\n'.length, -'\r\n'.length);
}

describe('a cell of CSV', () => {
  test.each([
    ['=HYPERLINK("http://evil.example")', `"'=HYPERLINK(""http://evil.example"")"`],
    ['+1+2', "'+1+2"],
    ['-3+cmd|calc', "'-3+cmd|calc"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['＝1+1', "'＝1+1"],
  ])('is not run by a spreadsheet that opens %j', (value, expected) => {
    expect(cell(value)).toBe(expected);
  });

  test.each([
    ['2026-03-01', '2026-03-01'],
    ['-12.5', '-12.5'],
    [-7, '-7'],
    [null, ''],
    [false, 'false'],
    ['two, "three"', '"two, ""three"""'],
    ['line\nline', '"line\nline"'],
  ])('keeps %j as it is', (value, expected) => {
    expect(cell(value)).toBe(expected);
  });

  test('is neutral in the head of the table, too', () => {
    expect(formatCsv(['=1', 'a'], [])).toBe("'=1,a\r\n");
  });
});
