/** How the business does: the figures of the last whole day, the stages of today, and what was restated lately. */
import { addressOf } from '../api/ask.ts';
import type { GrowthAnswer, StagesAnswer } from '../api/metrics-answers.ts';
import { useAnswer } from '../api/use-answer.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { StageBars } from '../charts/stage-bars.tsx';
import { type Perspective, PerspectiveChoice, usePerspective } from '../parts/choice.tsx';
import { Fresh } from '../parts/fresh.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { useDeployment } from '../shell/session.ts';
import { withParameters } from '../shell/use-address.ts';
import { addDays } from '../text/days.ts';
import { formatDay } from '../text/format.ts';
import { changeText, pointsOf } from './figure/figure-days.ts';
import { figureNamed, type ShownFigure } from './figure/figures.ts';
import { RestatementList } from './figure/restatement-list.tsx';
import { useRestatements } from './figure/use-restatements.ts';

const tiles = ['active', 'churn', 'retention', 'new', 'reactivated', 'quickRatio'];
const shownDays = 90;

export function Overview() {
  const perspective = usePerspective();
  const { today } = useDeployment();
  const from = addDays(today, 1 - shownDays);
  const growth = useAnswer<GrowthAnswer>(
    addressOf('metrics', '/v1/metrics/growth', { ...perspective, from, to: today }),
  );
  const stages = useAnswer<StagesAnswer>(
    addressOf('metrics', '/v1/metrics/stages', { from: today, to: today }),
  );
  return (
    <Page title="Overview" controls={<PerspectiveChoice {...perspective} />}>
      <Shown asked={growth} what="the figures">
        {(data) => <Tiles growth={data} perspective={perspective} />}
      </Shown>
      <div class="columns">
        <Card title="Journey stages today">
          <Shown asked={stages} what="the stages">
            {({ days, definition }) => (
              <>
                <StageBars stages={days.at(-1)?.stages ?? {}} />
                <p class="definition">{definition}</p>
              </>
            )}
          </Shown>
        </Card>
        <Recent perspective={perspective} from={from} to={today} />
      </div>
    </Page>
  );
}

function Tiles({ growth, perspective }: { growth: GrowthAnswer; perspective: Perspective }) {
  const whole = growth.days.filter(({ partial }) => !partial);
  const last = whole.at(-1);
  if (last === undefined) return <Empty>No day is over yet.</Empty>;
  return (
    <>
      <div class="above-tiles">
        <p>
          On <strong>{formatDay(last.day)}</strong>, the last whole day, over {growth.window} days of{' '}
          {growth.activity}
        </p>
        <Fresh freshness={growth.freshness} />
      </div>
      <ul class="tiles">
        {tiles.flatMap((name) => {
          const figure = figureNamed(name);
          return figure === null ? [] : [<Tile key={name} {...{ figure, growth, perspective }} />];
        })}
      </ul>
    </>
  );
}

interface TileProps {
  figure: ShownFigure;
  growth: GrowthAnswer;
  perspective: Perspective;
}

function Tile({ figure, growth, perspective }: TileProps) {
  const whole = growth.days.filter(({ partial }) => !partial);
  const last = whole.at(-1);
  const before = whole.at(-8);
  return (
    <li class="card tile" data-figure={figure.name}>
      <a href={withParameters(`/console/figures/${figure.name}`, { ...perspective })}>{figure.title}</a>
      <span class="tile-value">{figure.format(last === undefined ? null : figure.valueOf(last))}</span>
      <span class="tile-change">
        {last === undefined || before === undefined ? '' : changeText(figure, before, last)}
      </span>
      <Sparkline points={pointsOf(figure, whole)} isShare={figure.isShare} />
    </li>
  );
}

function Recent({ perspective, from, to }: { perspective: Perspective; from: string; to: string }) {
  const restatements = useRestatements(perspective, from, to);
  return (
    <Card title="Restated lately">
      <Shown asked={restatements} what="the restatements">
        {({ items }) => <RestatementList items={items} most={5} />}
      </Shown>
    </Card>
  );
}
