/** What changed about closed days: which series, on which days, by how much, when and why. */
import type { Restatement } from '../../api/metrics-answers.ts';
import { Empty } from '../../parts/states.tsx';
import { formatChange, formatCode, formatDay, formatMoment } from '../../text/format.ts';
import { groupRestatements, type RestatementGroup } from './group-restatements.ts';

interface RestatementListProps {
  items: readonly Restatement[];
  /** Groups that are shown. */
  most: number;
}

const titles: Readonly<Record<string, string>> = {
  active: 'Active customers',
  retained: 'Retained customers',
  first: 'First-time customers, to date',
};

/** Days and reasons of a group that are listed. */
const listed = 60;

export function RestatementList({ items, most }: RestatementListProps) {
  const groups = groupRestatements(items);
  if (groups.length === 0) return <Empty>No closed day of this range was changed.</Empty>;
  return (
    <>
      <ol class="restatements">
        {groups.slice(0, most).map((group) => (
          <Group key={`${group.changedAt} ${group.figure} ${group.cause}`} group={group} />
        ))}
      </ol>
      {groups.length > most ? (
        <p class="note">
          The newest {most} of {groups.length} are shown.
        </p>
      ) : null}
    </>
  );
}

function Group({ group }: { group: RestatementGroup }) {
  const { figure, cause, changedAt, from, to, least, most, items, reasons } = group;
  return (
    <li>
      <p class="restated-head">
        <span>{titles[figure] ?? formatCode(figure)}</span>
        <strong class="number">
          {least === most ? formatChange(most) : `${formatChange(least)} to ${formatChange(most)}`}
          {from === to ? '' : ' a day'}
        </strong>
      </p>
      <p class="muted">
        {from === to ? formatDay(from) : `${formatDay(from)} to ${formatDay(to)}`}{' '}
        <span class="tag">{formatCode(cause)}</span>
        <br />
        changed {formatMoment(changedAt)}
      </p>
      <details>
        <summary>Days and reasons</summary>
        <ul class="reasons">
          {items.slice(0, listed).map((item) => (
            <li key={`${item.from} ${item.to}`}>
              {formatDay(item.from)}
              {item.from === item.to ? '' : ` to ${formatDay(item.to)}, each day`}:{' '}
              {formatChange(item.change)}
            </li>
          ))}
        </ul>
        {items.length > listed ? <p class="note">and {items.length - listed} more</p> : null}
        {reasons.length === 0 ? null : <h3>Touchpoints and decisions, some of them</h3>}
        <ul class="reasons">
          {reasons.slice(0, listed).map((reason) => (
            <li key={reason}>
              <code>{reason}</code>
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}
