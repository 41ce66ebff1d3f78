/** A figure by group: which groups there are, what each had on the last whole day, and its curve when it is chosen. */
import { useState } from 'preact/hooks';
import type { GrowthAnswer, GrowthGroup } from '../../api/metrics-answers.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { Choice } from '../../parts/choice.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { useDeployment } from '../../shell/session.ts';
import { useAddress } from '../../shell/use-address.ts';
import { formatCode, formatCount, formatDay } from '../../text/format.ts';
import { changeText, partsOf, pointsOf } from './figure-days.ts';
import type { ShownFigure } from './figures.ts';
import { groupName } from './group-name.ts';

/** Rows that are shown before more is asked for. */
const shownAtFirst = 25;

type IsShown = (groupBy: string) => boolean;
const isAny: IsShown = () => true;

/** Of the address, where the deployment keeps such groups. */
export function useGroupBy(isShown: IsShown = isAny): string | undefined {
  const { groups } = useDeployment();
  const { query } = useAddress();
  return groups.find((name) => isShown(name) && name === query['groupBy']);
}

interface GroupByProps {
  groupBy: string | undefined;
  isShown?: IsShown;
}

export function GroupByChoice({ groupBy, isShown = isAny }: GroupByProps) {
  const groups = useDeployment().groups.filter(isShown);
  const { change } = useAddress();
  if (groups.length === 0) return null;
  const options = groups.map((name) => ({
    value: name,
    text: name.split(',').map(formatCode).join(' and '),
  }));
  return (
    <Choice
      label="Group by"
      value={groupBy ?? ''}
      options={[{ value: '', text: 'nothing' }, ...options]}
      onChange={(value) => change({ groupBy: value, group: undefined })}
    />
  );
}

interface GroupsProps {
  figure: ShownFigure;
  growth: GrowthAnswer;
  /** Name of the group whose curve is shown; undefined for all together. */
  chosen: string | undefined;
}

export function Groups({ figure, growth, chosen }: GroupsProps) {
  const { change } = useAddress();
  const [isWhole, setWhole] = useState(false);
  const { groups = [], incompleteBefore = null } = growth;
  if (groups.length === 0) return <Empty>No customer of these days is in a group.</Empty>;
  const rows = isWhole ? groups : groups.slice(0, shownAtFirst);
  const columns = columnsOf(figure, (name) => (
    <button
      type="button"
      class="quiet"
      aria-pressed={name === chosen}
      onClick={() => change({ group: name === chosen ? undefined : name })}
    >
      <bdi>{name}</bdi>
    </button>
  ));
  return (
    <Card title={`${figure.title} by group`}>
      <p class="definition">
        Customers of a group at the start of a window are measured against the same group. Choose one to see
        its curve.
        {incompleteBefore === null
          ? ''
          : ` What was stated before ${formatDay(incompleteBefore)} may be missing.`}
      </p>
      <Table
        name={`${figure.title} by group`}
        rows={rows}
        keyOf={({ group }) => groupName(group)}
        columns={columns}
      />
      {rows.length < groups.length ? (
        <button type="button" class="quiet" onClick={() => setWhole(true)}>
          Show all {formatCount(groups.length)} groups
        </button>
      ) : null}
    </Card>
  );
}

function columnsOf(figure: ShownFigure, choose: (name: string) => preact.JSX.Element): Column<GrowthGroup>[] {
  const wholeDays = ({ days }: GrowthGroup) => days.filter(({ partial }) => !partial);
  return [
    { title: 'Group', cell: ({ group }) => choose(groupName(group)) },
    {
      title: figure.title,
      isNumber: true,
      cell: (group) => {
        const last = wholeDays(group).at(-1);
        return <strong>{figure.format(last === undefined ? null : figure.valueOf(last))}</strong>;
      },
    },
    {
      title: 'Of',
      cell: (group) => {
        const last = wholeDays(group).at(-1);
        return last === undefined ? '' : (partsOf(figure, last) ?? `${formatCount(last.active)} active`);
      },
    },
    {
      title: 'Change',
      cell: (group) => {
        const days = wholeDays(group);
        const [before, last] = [days.at(-8), days.at(-1)];
        return before === undefined || last === undefined ? '' : changeText(figure, before, last);
      },
    },
    {
      title: 'By day',
      cell: (group) => <Sparkline points={pointsOf(figure, wholeDays(group))} isShare={figure.isShare} />,
    },
  ];
}
