/** Cohorts by group: how many began in each and how many of them came back. The cohorts of one are shown when it is chosen. */
import { useState } from 'preact/hooks';
import type { CohortGroup } from '../../api/cohort-answers.ts';
import { Card } from '../../parts/page.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../shell/use-address.ts';
import { formatCount, formatPercent } from '../../text/format.ts';
import { groupName } from '../figure/group-name.ts';
import { meanShares, sizeOf } from './cohort-mean.ts';

interface CohortGroupsProps {
  period: string;
  groups: readonly CohortGroup[];
  buckets: readonly string[];
  /** Name of the group whose cohorts are shown; undefined for all together. */
  chosen: string | undefined;
}

/** Rows that are shown before more is asked for. */
const shownAtFirst = 25;
/** Places of the buckets that have a column: the first ones, a quarter, half a year and a year of months. */
const shownBuckets = [0, 1, 2, 5, 11];

/** A relationship is that of a day, and so groups no cohort. */
export function groupsCohorts(groupBy: string): boolean {
  return !groupBy.split(',').includes('relationship');
}

export function CohortGroups({ period, groups, buckets, chosen }: CohortGroupsProps) {
  const { change } = useAddress();
  const [isWhole, setWhole] = useState(false);
  const rows = groups.map(({ group, cohorts }) => ({
    name: groupName(group),
    size: sizeOf(cohorts),
    shares: meanShares(cohorts, buckets.length),
  }));
  const reached = shownBuckets.filter((place) => rows.some(({ shares }) => (shares[place] ?? null) !== null));
  const columns: Column<(typeof rows)[number]>[] = [
    {
      title: 'Group',
      cell: ({ name }) => (
        <button
          type="button"
          class="quiet"
          aria-pressed={name === chosen}
          onClick={() => change({ group: name === chosen ? undefined : name })}
        >
          <bdi>{name}</bdi>
        </button>
      ),
    },
    { title: 'Customers', isNumber: true, cell: ({ size }) => formatCount(size) },
    ...reached.map((place) => ({
      title: `${period} ${buckets[place]}`,
      isNumber: true,
      cell: ({ shares }: (typeof rows)[number]) => formatPercent(shares[place]),
    })),
  ];
  return (
    <Card title="Cohorts by group">
      <p class="definition">
        Of the customers of each group, the share that came back so many {period}s later, of the {period}s
        that are over. Choose one to see its cohorts.
      </p>
      <Table
        name="Cohorts by group"
        rows={isWhole ? rows : rows.slice(0, shownAtFirst)}
        keyOf={({ name }) => name}
        columns={columns}
      />
      {isWhole || rows.length <= shownAtFirst ? null : (
        <button type="button" class="quiet" onClick={() => setWhole(true)}>
          Show all {formatCount(rows.length)} groups
        </button>
      )}
    </Card>
  );
}
