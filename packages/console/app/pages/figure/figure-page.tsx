/** One figure by day: its curve, what it counts in words, why closed days changed, and its numbers. */
import { useState } from 'preact/hooks';
import { addressOf } from '../../api/ask.ts';
import type { GrowthAnswer } from '../../api/metrics-answers.ts';
import { type Asked, useAnswer } from '../../api/use-answer.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { Choice, type Perspective, PerspectiveChoice, usePerspective } from '../../parts/choice.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { Fresh } from '../../parts/fresh.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Failed, Shown } from '../../parts/states.tsx';
import { useAddress, withParameters } from '../../shell/use-address.ts';
import { dayNumber, dayText } from '../../text/days.ts';
import { formatDay } from '../../text/format.ts';
import { NotFound } from '../not-found.tsx';
import { FigureTable } from './figure-table.tsx';
import { partsOf, pointsOf } from './figure-days.ts';
import { figureNamed, figures, type ShownFigure } from './figures.ts';
import { RangeChoice, useRange } from './range-choice.tsx';
import { RestatementList } from './restatement-list.tsx';
import { type Restatements, useRestatements } from './use-restatements.ts';

export function FigurePage({ figure: name }: { figure?: string }) {
  const figure = figureNamed(name ?? 'churn');
  return figure === null ? <NotFound /> : <Figure figure={figure} />;
}

function Figure({ figure }: { figure: ShownFigure }) {
  const perspective = usePerspective();
  const range = useRange();
  const { go, query } = useAddress();
  const asked = { ...perspective, ...range };
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
    </>
  );
  return (
    <Page title={figure.title} controls={controls}>
      <RangeChoice {...range} />
      <Shown asked={growth} what="the figure">
        {(data) => <FigureBody {...{ figure, perspective }} growth={data} {...range} />}
      </Shown>
    </Page>
  );
}

interface BodyProps {
  figure: ShownFigure;
  perspective: Perspective;
  growth: GrowthAnswer;
  from: string;
  to: string;
}

function FigureBody({ figure, perspective, growth, from, to }: BodyProps) {
  const [isOpen, setOpen] = useState(false);
  const restatements = useRestatements(perspective, from, to);
  const restated = restatedDays(restatements.data?.items ?? [], figure);
  const last = growth.days.findLast(({ partial }) => !partial);
  const csv = addressOf('metrics', `/v1/metrics/${figure.route}`, {
    ...perspective,
    from,
    to,
    format: 'csv',
  });
  return (
    <>
      <Card
        title={
          last === undefined ? 'By day' : `${figure.format(figure.valueOf(last))} on ${formatDay(last.day)}`
        }
        aside={<Fresh freshness={growth.freshness} />}
      >
        <p class="definition">
          {last === undefined ? null : partsOf(figure, last) === null ? null : (
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
        <div class="chart-foot">
          <ul class="legend">
            <li class="key-hatched">day not over</li>
            <li class="key-restated">restated after it was closed</li>
          </ul>
          <div class="actions">
            <button type="button" onClick={() => setOpen(true)}>
              Why did it change?
            </button>
            <a class="button" href={csv} download={`${figure.route}-${from}-${to}.csv`}>
              CSV
            </a>
          </div>
        </div>
        {restatements.problem === null ? null : (
          <Failed message={restatements.problem.message} retry={restatements.reload} />
        )}
      </Card>
      <Card title="The numbers">
        <FigureTable figure={figure} growth={growth} restated={restated} />
      </Card>
      {isOpen ? (
        <Reasons
          figure={figure}
          restatements={restatements}
          {...{ from, to }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

interface ReasonsProps {
  figure: ShownFigure;
  restatements: Asked<Restatements>;
  from: string;
  to: string;
  onClose: () => void;
}

function Reasons({ figure, restatements, from, to, onClose }: ReasonsProps) {
  return (
    <Drawer title={`Why ${figure.title.toLowerCase()} changed`} onClose={onClose}>
      <p class="muted">
        Changes of closed days from {formatDay(from)} to {formatDay(to)}, newest first. The figure is made of
        these series; days that are not closed change without a restatement.
      </p>
      <Shown asked={restatements} what="the restatements">
        {({ items, isCut }) => (
          <>
            <RestatementList items={items} most={100} />
            {isCut ? <p class="note">There are older ones: choose fewer days.</p> : null}
          </>
        )}
      </Shown>
    </Drawer>
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

/** Series that each figure is made of; `first` is running totals, so its days after the first do not change `new`. */
const seriesOf: Readonly<Record<string, readonly string[]>> = {
  active: ['active'],
  retained: ['retained'],
  customersAtStart: [],
  new: ['first'],
};

function restatedDays(
  items: readonly { figure: string; from: string; to: string }[],
  figure: ShownFigure,
): ReadonlySet<string> {
  const series = seriesOf[figure.name] ?? ['active', 'retained'];
  const days = new Set<string>();
  for (const item of items) {
    if (!series.includes(item.figure)) continue;
    for (let day = dayNumber(item.from); day <= dayNumber(item.to); day++) days.add(dayText(day));
  }
  return days;
}
