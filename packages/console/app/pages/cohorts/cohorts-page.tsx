/** Of those who began in a period, how many came back so many periods later. */
import { addressOf } from '../../api/ask.ts';
import type { CohortsAnswer } from '../../api/cohort-answers.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { BucketLine } from '../../charts/bucket-line.tsx';
import { HeatMap } from '../../charts/heat-map.tsx';
import { Choice } from '../../parts/choice.tsx';
import { Fresh } from '../../parts/fresh.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { useDeployment } from '../../shell/session.ts';
import { useAddress } from '../../shell/use-address.ts';
import { formatCount } from '../../text/format.ts';
import { AsOfChoice, useAsOf } from '../figure/as-of-choice.tsx';
import { RangeChoice, useRange } from '../figure/range-choice.tsx';
import { groupName } from '../figure/group-name.ts';
import { GroupByChoice, useGroupBy } from '../figure/groups.tsx';
import { CohortGroups, groupsCohorts } from './cohort-groups.tsx';
import { meanShares, sizeOf } from './cohort-mean.ts';

const periods = ['month', 'week', 'day'];
const modes = ['first', 'recurring'];
/** Days shown at first, by period: about a dozen rows. */
const spans: Readonly<Record<string, number>> = { month: 365, week: 90, day: 30 };

export function CohortsPage() {
  const { query, change } = useAddress();
  const { activities } = useDeployment();
  const choose = (name: string, options: readonly string[]): string =>
    options.find((option) => option === query[name]) ?? options[0] ?? '';
  const asked = {
    period: choose('period', periods),
    activity: choose('activity', activities),
    mode: choose('mode', modes),
    unbounded: choose('unbounded', ['false', 'true']),
  };
  const range = useRange(spans[asked.period]);
  const asOf = useAsOf();
  const groupBy = useGroupBy(groupsCohorts);
  const parameters = { ...asked, ...range, asOf, groupBy };
  const cohorts = useAnswer<CohortsAnswer>(addressOf('metrics', '/v1/metrics/cohorts', parameters));
  const csv = addressOf('metrics', '/v1/metrics/cohorts', { ...parameters, format: 'csv' });
  const choice = (
    label: string,
    name: keyof typeof asked,
    options: readonly { value: string; text: string }[],
  ) => (
    <Choice
      label={label}
      value={asked[name]}
      options={options}
      onChange={(value) => change({ [name]: value })}
    />
  );
  const same = (values: readonly string[]) => values.map((value) => ({ value, text: value }));
  return (
    <Page
      title="Cohorts"
      controls={
        <>
          {choice('Period', 'period', same(periods))}
          {choice('Activity', 'activity', same(activities))}
          {choice('In a cohort', 'mode', [
            { value: 'first', text: 'by the first time' },
            { value: 'recurring', text: 'each time' },
          ])}
          {choice('Came back', 'unbounded', [
            { value: 'false', text: 'in the period' },
            { value: 'true', text: 'in it or later' },
          ])}
          <GroupByChoice groupBy={groupBy} isShown={groupsCohorts} />
        </>
      }
    >
      <RangeChoice {...range} />
      <AsOfChoice asOf={asOf} />
      <Shown asked={cohorts} what="the cohorts">
        {(answer) => <Cohorts answer={answer} csv={csv} chosen={query['group']} />}
      </Shown>
    </Page>
  );
}

interface CohortsProps {
  answer: CohortsAnswer;
  csv: string;
  /** Name of the group whose cohorts are shown. */
  chosen: string | undefined;
}

function Cohorts({ answer, csv, chosen }: CohortsProps) {
  const { buckets, period, definition, freshness, groups = [] } = answer;
  const group = groups.find((one) => groupName(one.group) === chosen);
  const { cohorts } = group ?? answer;
  const size = sizeOf(cohorts);
  const of = group === undefined ? '' : `${chosen}: `;
  if (size === 0) return <Empty>No customer began on these days.</Empty>;
  const mean = meanShares(cohorts, buckets.length);
  return (
    <>
      <Card
        title={`${of}${formatCount(size)} customers in ${formatCount(cohorts.length)} cohorts`}
        aside={<Fresh freshness={freshness} />}
      >
        <p class="definition">{definition}</p>
        <HeatMap name="Cohorts" {...{ period, cohorts, buckets, mean }} />
        <div class="chart-foot">
          <ul class="legend">
            <li class="key-hatched">{period} not over</li>
          </ul>
          <a class="button" href={csv} download={`cohorts-by-${period}.csv`}>
            CSV
          </a>
        </div>
      </Card>
      {groups.length === 0 ? null : (
        <CohortGroups period={period} groups={groups} buckets={buckets} chosen={chosen} />
      )}
      <Card title={group === undefined ? 'All cohorts together' : `${of}all cohorts together`}>
        <BucketLine name="Share that came back" unit={`${period}s later`} buckets={buckets} shares={mean} />
        <p class="definition">
          Those who came back, of the customers of all cohorts whose {period} is over: larger cohorts weigh
          more.
        </p>
      </Card>
    </>
  );
}
