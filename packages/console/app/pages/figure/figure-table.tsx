import { useState } from 'preact/hooks';
import type { GrowthAnswer, GrowthDay } from '../../api/metrics-answers.ts';
import { type Column, Table } from '../../parts/table.tsx';
import { formatCount, formatDay } from '../../text/format.ts';
import type { ShownFigure } from './figures.ts';

interface FigureTableProps {
  figure: ShownFigure;
  growth: GrowthAnswer;
  restated: ReadonlySet<string>;
}

/** Days that are shown before more is asked for: a table of three years is long to lay out. */
const shownAtFirst = 31;

export function FigureTable({ figure, growth, restated }: FigureTableProps) {
  const [isWhole, setWhole] = useState(false);
  const newestFirst = growth.days.toReversed();
  const rows = isWhole ? newestFirst : newestFirst.slice(0, shownAtFirst);
  const count = (title: string, valueOf: (day: GrowthDay) => number): Column<GrowthDay> => ({
    title,
    isNumber: true,
    cell: (day) => formatCount(valueOf(day)),
  });
  const columns: Column<GrowthDay>[] = [
    {
      title: 'Day',
      cell: (day) => (
        <>
          {formatDay(day.day)}
          {day.partial ? <span class="tag">not over</span> : null}
          {restated.has(day.day) ? <span class="tag warn">restated</span> : null}
        </>
      ),
    },
    {
      title: figure.title,
      isNumber: true,
      cell: (day) => <strong>{figure.format(figure.valueOf(day))}</strong>,
    },
    count('At the start', (day) => day.customersAtStart),
    count('Retained', (day) => day.retained),
    count('Churned', (day) => day.churned),
    count('New', (day) => day.new),
    count('Reactivated', (day) => day.reactivated),
    count('Active', (day) => day.active),
  ];
  return (
    <>
      <Table name={`${figure.title} by day`} rows={rows} keyOf={({ day }) => day} columns={columns} />
      {rows.length < newestFirst.length ? (
        <button type="button" class="quiet" onClick={() => setWhole(true)}>
          Show all {newestFirst.length} days
        </button>
      ) : null}
    </>
  );
}
