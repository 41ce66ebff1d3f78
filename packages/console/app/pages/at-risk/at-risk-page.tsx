/** Customers who stop being active within days unless they act: whom to reach, and by when. */
import { addressOf } from '../../api/ask.ts';
import type { AtRiskAnswer } from '../../api/metrics-answers.ts';
import { usePages } from '../../api/use-pages.ts';
import { Choice, PerspectiveChoice, usePerspective } from '../../parts/choice.tsx';
import { Fresh } from '../../parts/fresh.tsx';
import { More } from '../../parts/more.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../shell/use-address.ts';
import { dayNumber } from '../../text/days.ts';
import { formatCount, formatDay, missing } from '../../text/format.ts';
import { FilterChoices, TextFilters, useFilters } from './filters.tsx';

type Item = AtRiskAnswer['items'][number];

const spans = [3, 7, 14, 30, 60];
const pageSize = 100;
/** The most that a page of the API has. */
const csvSize = 1_000;

export function AtRisk() {
  const perspective = usePerspective();
  const { query, change } = useAddress();
  const choices = spans.filter((days) => days <= perspective.window);
  const asked = Number(query['within']);
  const within = choices.includes(asked)
    ? asked
    : (choices.filter((days) => days <= 14).at(-1) ?? perspective.window);
  const options = choices.includes(within) ? choices : [within, ...choices];
  const filters = useFilters();
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  const parameters = { ...perspective, within: `${within}d`, ...filters };
  const pages = usePages<Item, AtRiskAnswer>((cursor) =>
    addressOf('metrics', '/v1/metrics/at-risk', { ...parameters, limit: pageSize, cursor }),
  );
  const csv = addressOf('metrics', '/v1/metrics/at-risk', { ...parameters, limit: csvSize, format: 'csv' });
  const controls = (
    <>
      <PerspectiveChoice {...perspective} />
      <Choice
        label="Within"
        value={String(within)}
        options={options.map((days) => ({ value: String(days), text: `${days} days` }))}
        onChange={(value) => change({ within: value })}
      />
      <FilterChoices filters={filters} />
    </>
  );
  return (
    <Page title="At risk" controls={controls}>
      <TextFilters filters={filters} />
      <Shown asked={pages.first} what="the profiles at risk">
        {(first) => (
          <Card
            title={countText(first.items.length + pages.more.length, pages.readMore !== null)}
            aside={<Fresh freshness={first.freshness} />}
          >
            <p class="definition">{first.definition}</p>
            {first.items.length + pages.more.length === 0 ? (
              <Empty>{emptyText({ within, isFiltered, hasMore: pages.readMore !== null })}</Empty>
            ) : (
              <Listed first={first} more={pages.more} />
            )}
            <div class="actions">
              <More {...pages} />
              <a class="button" href={csv} download={`at-risk-${first.day}.csv`}>
                CSV of the first {formatCount(csvSize)}
              </a>
            </div>
          </Card>
        )}
      </Shown>
    </Page>
  );
}

function Listed({ first, more }: { first: AtRiskAnswer; more: readonly Item[] }) {
  const columns: Column<Item>[] = [
    {
      title: 'Profile',
      cell: ({ profile }) => <a href={`/console/profiles/${profile}`}>{profile}</a>,
    },
    { title: 'Stage', cell: ({ stage }) => stage ?? missing },
    { title: 'Relationship', cell: ({ relationship }) => relationship },
    { title: 'Value class', cell: ({ valueClass }) => valueClass ?? missing },
    { title: 'Last active', cell: ({ lastActive }) => formatDay(lastActive) },
    { title: 'Churns on', cell: ({ churnsOn }) => formatDay(churnsOn) },
    {
      title: 'Days left',
      isNumber: true,
      cell: ({ churnsOn }) => formatCount(dayNumber(churnsOn) - dayNumber(first.day)),
    },
  ];
  return (
    <Table
      name="Profiles at risk"
      rows={[...first.items, ...more]}
      keyOf={({ profile }) => profile}
      columns={columns}
    />
  );
}

/** A page of a filtered list may have none of many. */
function emptyText({
  within,
  isFiltered,
  hasMore,
}: {
  within: number;
  isFiltered: boolean;
  hasMore: boolean;
}): string {
  if (hasMore) return 'None of those that were looked at so far.';
  if (isFiltered) return `No profile like that stops being active within ${within} days.`;
  return `Everyone who is active today stays so for the next ${within} days.`;
}

function countText(count: number, hasMore: boolean): string {
  const profiles = count === 1 ? '1 profile' : `${formatCount(count)} profiles`;
  return hasMore ? `The first ${profiles}` : profiles;
}
