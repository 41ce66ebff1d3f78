/** One figure by day: its curve, what it counts in words, why closed days changed, and its numbers. */
import { useState } from 'preact/hooks';
import { addressOf } from '../../api/ask.ts';
import type { GrowthAnswer } from '../../api/metrics-answers.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { Choice, type Perspective, PerspectiveChoice, usePerspective } from '../../parts/choice.tsx';
import { Fresh } from '../../parts/fresh.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Failed, Shown } from '../../parts/states.tsx';
import { useAddress, withParameters } from '../../shell/use-address.ts';
import { formatDay } from '../../text/format.ts';
import { NotFound } from '../not-found.tsx';
import { FigureTable } from './figure-table.tsx';
import { partsOf, pointsOf } from './figure-days.ts';
import { figureNamed, figures, type ShownFigure } from './figures.ts';
import { groupName } from './group-name.ts';
import { GroupByChoice, Groups, useGroupBy } from './groups.tsx';
import { RangeChoice, useRange } from './range-choice.tsx';
import { AsOfChoice, useAsOf } from './as-of-choice.tsx';
import { People } from './people.tsx';
import { Reasons } from './reasons.tsx';
import { restatedDays } from './restated-days.ts';
import { useRestatements } from './use-restatements.ts';

export function FigurePage({ figure: name }: { figure?: string }) {
  const figure = figureNamed(name ?? 'churn');
  return figure === null ? <NotFound /> : <Figure figure={figure} />;
}

function Figure({ figure }: { figure: ShownFigure }) {
  const perspective = usePerspective();
  const range = useRange();
  const { go, query } = useAddress();
  const asOf = useAsOf();
  const groupBy = useGroupBy();
  const asked = { ...perspective, ...range, asOf, groupBy };
  const growth = useAnswer<GrowthAnswer>(addressOf('metrics', '/v1/metrics/growth', asked));
  const controls = (
    <>
      <Choice
        label="Figure"
        value={figure.name}
        options={figures.map(({ name, title }) => ({ value: name, text: title }))}
        onChange={(name) => go(withParameters(`/console/figures/${name}`, query))}
      />
      <PerspectiveChoice {...perspective} />
      <GroupByChoice groupBy={groupBy} />
    </>
  );
  return (
    <Page title={figure.title} controls={controls}>
      <div class="above-tiles">
        <RangeChoice {...range} />
        <AsOfChoice asOf={asOf} />
      </div>
      <Shown asked={growth} what="the figure">
        {(data) => <FigureBody {...{ figure, perspective, groupBy }} growth={data} {...range} />}
      </Shown>
    </Page>
  );
}

interface BodyProps {
  figure: ShownFigure;
  perspective: Perspective;
  growth: GrowthAnswer;
  groupBy: string | undefined;
  from: string;
  to: string;
}

/** What is open beside the page. */
type Open = { drawer: 'reasons' } | { drawer: 'people'; figure: string; title: string; day: string };

function FigureBody({ figure, perspective, growth: all, groupBy, from, to }: BodyProps) {
  const { query } = useAddress();
  const chosen = all.groups?.find(({ group }) => groupName(group) === query['group']);
  const name = chosen === undefined ? undefined : groupName(chosen.group);
  const growth = chosen === undefined ? all : { ...all, days: chosen.days };
  const [open, setOpen] = useState<Open | null>(null);
  const restatements = useRestatements(perspective, from, to);
  // Restatements are asked for of all together.
  const restated =
    chosen === undefined ? restatedDays(restatements.data?.items ?? [], figure) : new Set<string>();
  const last = growth.days.findLast(({ partial }) => !partial);
  const close = () => setOpen(null);
  return (
    <>
      <Card
        title={
          last === undefined
            ? 'By day'
            : `${name === undefined ? '' : `${name}: `}${figure.format(figure.valueOf(last))} on ${formatDay(last.day)}`
        }
        aside={<Fresh freshness={growth.freshness} />}
      >
        <p class="definition">
          {last === undefined || partsOf(figure, last) === null ? null : (
            <strong>{partsOf(figure, last)}. </strong>
          )}
          <Definition figure={figure} growth={growth} />
        </p>
        <LineChart
          name={figure.title}
          unit={figure.unit}
          points={pointsOf(figure, growth.days)}
          isShare={figure.isShare}
          format={figure.format}
          restated={restated}
        />
        <ChartFoot
          {...{ figure, growth, perspective, groupBy, from, to }}
          onWhy={() => setOpen({ drawer: 'reasons' })}
        />
        {restatements.problem === null ? null : (
          <Failed message={restatements.problem.message} retry={restatements.reload} />
        )}
      </Card>
      {groupBy === undefined ? null : <Groups figure={figure} growth={all} chosen={name} />}
      <Card title={name === undefined ? 'The numbers' : `The numbers of ${name}`}>
        <FigureTable
          figure={figure}
          growth={growth}
          restated={restated}
          // Histories are kept as they are now: only the figures of now have people behind them.
          showPeople={
            growth.asOf === null && chosen === undefined
              ? (shown) => setOpen({ drawer: 'people', ...shown })
              : null
          }
        />
      </Card>
      {open?.drawer === 'reasons' ? (
        <Reasons figure={figure} restatements={restatements} {...{ from, to }} onClose={close} />
      ) : null}
      {open?.drawer === 'people' ? <People {...open} perspective={perspective} onClose={close} /> : null}
    </>
  );
}

function ChartFoot({
  figure,
  growth,
  perspective,
  groupBy,
  from,
  to,
  onWhy,
}: BodyProps & { onWhy: () => void }) {
  const { path } = useAddress();
  const asOf = growth.asOf ?? undefined;
  const asked = { ...perspective, from, to, asOf, groupBy };
  const csv = addressOf('metrics', `/v1/metrics/${figure.route}`, { ...asked, format: 'csv' });
  const decided = new URL(growth.self, location.origin).searchParams.get('asOf') ?? undefined;
  return (
    <div class="chart-foot">
      <ul class="legend">
        <li class="key-hatched">day not over</li>
        <li class="key-restated">restated after it was closed</li>
      </ul>
      <div class="actions">
        <button type="button" onClick={onWhy}>
          Why did it change?
        </button>
        {decided === undefined ? null : (
          <a class="button" href={withParameters(path, { ...asked, asOf: decided })}>
            Permanent link
          </a>
        )}
        <a class="button" href={csv} download={`${figure.route}-${from}-${to}.csv`}>
          CSV
        </a>
      </div>
    </div>
  );
}

function Definition({ figure, growth }: { figure: ShownFigure; growth: GrowthAnswer }) {
  const own = useAnswer<{ definition: string }>(
    figure.route === 'growth'
      ? null
      : addressOf('metrics', `/v1/metrics/${figure.route}`, {
          window: growth.window,
          activity: growth.activity,
          from: growth.days.at(-1)?.day,
          to: growth.days.at(-1)?.day,
        }),
  );
  return <>{own.data?.definition ?? growth.definition}</>;
}
