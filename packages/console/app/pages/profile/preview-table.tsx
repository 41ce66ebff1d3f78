/** What a decision would do, before it is made: what moves, and the figures before and after. */
import type { KeyFigures, Preview } from '../../api/identity-answers.ts';
import { IdentifierName } from '../../parts/identifier-name.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { formatChange, formatCount, formatDay, formatPercent } from '../../text/format.ts';

interface ChangedFigure {
  key: string;
  name: string;
  before: string;
  after: string;
  change: string;
}

const columns: Column<ChangedFigure>[] = [
  { title: 'Figure', cell: ({ name }) => name },
  { title: 'Now', isNumber: true, cell: ({ before }) => before },
  { title: 'After', isNumber: true, cell: ({ after }) => <strong>{after}</strong> },
  { title: 'Change', isNumber: true, cell: ({ change }) => change },
];

export function PreviewTable({ preview }: { preview: Preview }) {
  const { moves, refused, figures } = preview;
  return (
    <>
      {moves.length === 0 ? <p>Nothing would move.</p> : null}
      <ul class="results">
        {moves.map(({ from, to, identifiers, touchpoints }) => (
          <li key={`${from.id} ${to.id}`}>
            <p class="inline-list">
              <IdentifierName identifier={from} />
              <span>to</span>
              <IdentifierName identifier={to} />
            </p>
            <p class="muted">
              {formatCount(identifiers)} identifiers and {formatCount(touchpoints)} touchpoints move
            </p>
          </li>
        ))}
      </ul>
      {preview.movesTruncated ? <p class="note">More moves than are shown.</p> : null}
      {refused.map(({ explanation, ends }) => (
        <p key={ends.map(({ id }) => id).join(' ')}>
          <span class="tag warn">would be refused</span> {explanation}
        </p>
      ))}
      {figures.state === 'unavailable' ? (
        <p>
          <span class="tag warn">no figures</span> {figures.message}
        </p>
      ) : (
        figures.days.map(({ day, partial, figures: ofDay }) => (
          <Table
            key={day}
            name={`Figures of ${formatDay(day)}${partial ? ', which is not over' : ''}`}
            rows={ofDay.flatMap(({ activity, window, before, after }) =>
              changesOf(`${activity}, ${window} days`, before, after),
            )}
            keyOf={({ key }) => key}
            columns={[{ ...columns[0], title: formatDay(day) } as Column<ChangedFigure>, ...columns.slice(1)]}
          />
        ))
      )}
      {figures.state === 'answered' && figures.days.every((day) => day.figures.length === 0) ? (
        <p class="muted">No figure of these days would change.</p>
      ) : null}
    </>
  );
}

const shown: readonly (keyof KeyFigures)[] = ['active', 'retained', 'churned', 'new', 'reactivated', 'churn'];

function changesOf(where: string, before: KeyFigures, after: KeyFigures): ChangedFigure[] {
  return shown.flatMap((name) => {
    const [from, to] = [before[name], after[name]];
    if (from === to) return [];
    const isShare = name === 'churn' || name === 'retention';
    const format = isShare ? formatPercent : formatCount;
    const points = isShare
      ? `${formatChange(Math.round(((to ?? 0) - (from ?? 0)) * 1_000) / 10)} points`
      : '';
    return [
      {
        key: `${where} ${name}`,
        name: `${name} (${where})`,
        before: format(from),
        after: format(to),
        change: points || formatChange((to ?? 0) - (from ?? 0)),
      },
    ];
  });
}
