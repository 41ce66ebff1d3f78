/** A table with a name; wide ones scroll by themselves, by keyboard too. */
import type { ComponentChildren } from 'preact';

export interface Column<T> {
  title: string;
  /** Numbers are set to the right, so that their digits stand below each other. */
  isNumber?: boolean;
  cell: (row: T) => ComponentChildren;
}

interface TableProps<T> {
  name: string;
  rows: readonly T[];
  keyOf: (row: T, index: number) => string;
  columns: readonly Column<T>[];
}

export function Table<T>({ name, rows, keyOf, columns }: TableProps<T>) {
  const classOf = ({ isNumber }: Column<T>) => (isNumber === true ? 'number' : undefined);
  return (
    <div class="scroll" role="region" aria-label={name} tabIndex={0}>
      <table>
        <caption class="unseen">{name}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={keyOf(row, index)}>
              {columns.map((column, place) =>
                place === 0 ? (
                  <th key={column.title} scope="row" class={classOf(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.title} class={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
