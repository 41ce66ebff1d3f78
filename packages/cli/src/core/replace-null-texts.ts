/** What a file writes for nothing (`NULL`, `\\N`, `-`) becomes an empty text, wherever it stands alone in a column. */
import type { Row } from './position.ts';

/** Far past what real rows nest. */
const maxDepth = 20;

export function replaceNullTexts(row: Row, nullTexts: ReadonlySet<string>): Row {
  return nullTexts.size === 0 ? row : { ...row, fields: replaceIn(row.fields, nullTexts, 0) };
}

function replaceIn(
  fields: Readonly<Record<string, unknown>>,
  nullTexts: ReadonlySet<string>,
  depth: number,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === 'string') return [name, nullTexts.has(value.trim()) ? '' : value];
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [
        name,
        isObject && depth < maxDepth
          ? replaceIn(value as Readonly<Record<string, unknown>>, nullTexts, depth + 1)
          : value,
      ];
    }),
  );
}
