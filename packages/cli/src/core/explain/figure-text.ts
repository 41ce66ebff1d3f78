/** The profiles behind a figure, or the days that put one of them there, in lines for a terminal. */
import { alignColumns } from '../align-columns.ts';
import type { ExplainedFigure } from './explained.ts';

const touchpointsShown = 5;

export function figureText({
  definition,
  figure,
  day,
  value,
  items,
  nextCursor,
  explained,
}: ExplainedFigure): string {
  const head = [
    '',
    `  ${figure} on ${day}${value === undefined ? '' : `: ${String(value)}`}`,
    `  ${definition}`,
    '',
  ];
  if (explained !== undefined) {
    const { profile, counted, days } = explained;
    const lines = days.flatMap(({ day: decisive, because, touchpoints }) => [
      `  ${decisive}  ${because}`,
      ...touchpoints
        .slice(0, touchpointsShown)
        .map(({ source, id, type, name }) => `    ${name ?? type} ${source}/${id}`),
      ...(touchpoints.length > touchpointsShown
        ? [`    and ${touchpoints.length - touchpointsShown} more`]
        : []),
    ]);
    return [...head, `  ${profile} ${counted ? 'is' : 'is not'} behind it`, '', ...lines, ''].join('\n');
  }
  const rows = items ?? [];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table =
    rows.length === 0
      ? '  no profile'
      : alignColumns([columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))]);
  const more =
    nextCursor == null ? [] : ['There are more: --limit, or GET /v1/metrics/explain page by page.'];
  return [...head, table, ...more, ''].join('\n');
}
