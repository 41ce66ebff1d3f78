/**
 * Rows that make one touchpoint. A group lies within a *run*: neighbouring rows that agree in the `within` columns (by
 * default the group's own). Groups end with their run, so the places between runs are where a replay can resume and cut
 * the very same groups.
 */
import { readText } from './row-values.ts';
import type { Mapping } from './mapping-schema.ts';
import type { Position, Row } from './position.ts';

/** Groups in the order of their first rows; reading can resume at `end`. */
export interface Run {
  groups: Row[][];
  end: Position;
  /** Too many rows to be held, so some were dropped: nothing of it may be used. */
  isTooLarge: boolean;
}

export interface RowGrouper {
  /** Returns the run that this row ends by beginning another. */
  add(row: Row): Run | null;
  /** The last run. */
  end(): Run | null;
}

export const runMaxRows = 10_000;

export function createRowGrouper(group: Mapping['group']): RowGrouper {
  if (group === undefined) {
    return { add: (row) => ({ groups: [[row]], end: row.end, isTooLarge: false }), end: () => null };
  }
  const { by, within = by } = group;
  let run: { key: string | null; rows: number; groups: Map<string, Row[]>; end: Position } | null = null;

  function finish(): Run | null {
    if (run === null) return null;
    const { groups, end, rows } = run;
    return { groups: [...groups.values()], end, isTooLarge: rows > runMaxRows };
  }

  /** A row without a key does not part those around it: the halves of a group would be two of one id. */
  function belongs(key: string | null): boolean {
    if (run === null) return false;
    return key === null ? run.key !== null && run.rows < runMaxRows : key === run.key;
  }

  return {
    add(row) {
      const key = keyOf(row, within);
      const isNew = !belongs(key);
      const finished = isNew ? finish() : null;
      if (run === null || isNew) run = { key, rows: 0, groups: new Map(), end: row.end };
      run.rows += 1;
      run.end = row.end;
      if (run.rows > runMaxRows) return finished;
      const groupKey = (key === null ? null : keyOf(row, by)) ?? `row ${row.end.rows}`;
      const rows = run.groups.get(groupKey);
      if (rows === undefined) run.groups.set(groupKey, [row]);
      else rows.push(row);
      return finished;
    },
    end: finish,
  };
}

/** Null for a row that cannot be read, or names no group: it is a group of its own, and costs its neighbours nothing. */
function keyOf(row: Row, columns: readonly string[]): string | null {
  if (row.fault !== undefined) return null;
  const values = columns.map((column) => readText(row, column));
  return values.includes(null) ? null : JSON.stringify(values);
}
