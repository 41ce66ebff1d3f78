/** Periods of the calendar as numbers, in SQL: shares nothing with the arithmetic of `core`. */

const weekDayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Of the column `day`, days since 1970. 1970-01-05 was a Monday. */
export function bucketOf(period: string, weekStart: string): string {
  if (period === 'day') return 'day';
  if (period === 'week') return `floor((day - ${firstWeek(weekStart)}) / 7.0)::int`;
  return `(extract(year from date '1970-01-01' + day) * 12 + extract(month from date '1970-01-01' + day))::int`;
}

/** The first day of the bucket in the column. */
export function startOfBucket(column: string, period: string, weekStart: string): string {
  if (period === 'day') return column;
  if (period === 'week') return `${firstWeek(weekStart)} + 7 * ${column}`;
  return `make_date((${column} - 1) / 12, (${column} - 1) % 12 + 1, 1) - date '1970-01-01'`;
}

function firstWeek(weekStart: string): number {
  return 4 + weekDayNames.indexOf(weekStart);
}
