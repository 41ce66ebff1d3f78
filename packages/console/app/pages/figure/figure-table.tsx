import { useState } from 'preact/hooks';
import type { GrowthAnswer, GrowthDay } from '../../api/metrics-answers.ts';
import { type Column, Table } from '../../parts/table.tsx';
import { formatCount, formatDay } from '../../text/format.ts';
import type { ShownFigure } from './figures.ts';

interface FigureTableProps {
  figure: ShownFigure;
  growth: GrowthAnswer;
  restated: ReadonlySet<string>;
  /** Null where there is nothing to show behind a number. */
  showPeople: ((shown: { figure: string; title: string; day: string }) => void) | null;
}

type CountName = 'customersAtStart' | 'retained' | 'churned' | 'new' | 'reactivated' | 'active';

/** Days that are shown before more is asked for: a table of three years is long to lay out. */
const shownAtFirst = 31;

export function FigureTable({ figure, growth, restated, showPeople }: FigureTableProps) {
  const [isWhole, setWhole] = useState(false);
  const newestFirst = growth.days.toReversed();
  const rows = isWhole ? newestFirst : newestFirst.slice(0, shownAtFirst);
  const count = (name: CountName, title: string): Column<GrowthDay> => ({
    title,
    isNumber: true,
    cell: (day) =>
      showPeople === null || day[name] === 0 ? (
        formatCount(day[name])
      ) : (
        <button
          type="button"
          class="number-button"
          aria-label={`${formatCount(day[name])} ${title}, ${formatDay(day.day)}: show the profiles`}
          onClick={() => showPeople({ figure: name, title, day: day.day })}
        >
          {formatCount(day[name])}
        </button>
      ),
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
    count('customersAtStart', 'At the start'),
    count('retained', 'Retained'),
    count('churned', 'Churned'),
    count('new', 'New'),
    count('reactivated', 'Reactivated'),
    count('active', 'Active'),
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
