/** How profiles move through the stages of their journeys: bands, the same numbers as a matrix, and the funnel. */
import { addressOf } from '../../api/ask.ts';
import type { FunnelAnswer, TransitionsAnswer } from '../../api/journey-answers.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Sankey } from '../../charts/sankey.tsx';
import { Choice } from '../../parts/choice.tsx';
import { Fresh } from '../../parts/fresh.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { useDeployment } from '../../shell/session.ts';
import { useAddress } from '../../shell/use-address.ts';
import { formatCount } from '../../text/format.ts';
import { RangeChoice, useRange } from '../figure/range-choice.tsx';
import { AsOfChoice, useAsOf } from '../figure/as-of-choice.tsx';
import { Funnel } from './funnel.tsx';
import { Experience, Moments } from './moments.tsx';
import { TransitionMatrix } from './transition-matrix.tsx';

/** Where the journey of a profile begins: it has no stage before. */
const beginning = 'first seen';

const relationships = ['', 'prospect', 'customer', 'repeat'];

export function JourneyPage() {
  const range = useRange();
  const { query, change } = useAddress();
  const relationship = relationships.includes(query['relationship'] ?? '')
    ? (query['relationship'] ?? '')
    : '';
  const asOf = useAsOf();
  const asked = { ...range, relationship };
  const transitions = useAnswer<TransitionsAnswer>(
    addressOf('metrics', '/v1/metrics/stages/transitions', { ...asked, asOf }),
  );
  const funnel = useAnswer<FunnelAnswer>(addressOf('metrics', '/v1/metrics/funnel', asked));
  return (
    <Page
      title="Journey"
      controls={
        <Choice
          label="Relationship"
          value={relationship}
          options={relationships.map((name) => ({ value: name, text: name === '' ? 'all' : name }))}
          onChange={(value) => change({ relationship: value })}
        />
      }
    >
      <RangeChoice {...range} />
      <AsOfChoice asOf={asOf} />
      <Shown asked={transitions} what="the moves between stages">
        {(answer) => (
          <Transitions
            answer={answer}
            csv={addressOf('metrics', '/v1/metrics/stages/transitions', { ...asked, asOf, format: 'csv' })}
          />
        )}
      </Shown>
      <Card title="How far profiles get">
        <Shown asked={funnel} what="the funnel">
          {(answer) => <Funnel answer={answer} />}
        </Shown>
        {asOf === undefined ? null : (
          <p class="note">The funnel, the moments and the answers are as they are now.</p>
        )}
      </Card>
      <Moments range={range} />
      <Experience range={range} />
    </Page>
  );
}

function Transitions({ answer, csv }: { answer: TransitionsAnswer; csv: string }) {
  const { stages } = useDeployment();
  const flows = answer.transitions.map(({ from, to, count }) => ({ from: from ?? beginning, to, count }));
  const order = [beginning, ...stages];
  const total = flows.reduce((sum, { count }) => sum + count, 0);
  return (
    <Card title={`${formatCount(total)} moves between stages`} aside={<Fresh freshness={answer.freshness} />}>
      <p class="definition">{answer.definition}</p>
      {total === 0 ? (
        <Empty>No profile changed its stage on these days.</Empty>
      ) : (
        <div class="columns">
          <Sankey name="Moves between stages, from left to right" flows={flows} order={order} />
          <TransitionMatrix flows={flows} order={order} />
        </div>
      )}
      <div class="actions">
        <a class="button" href={csv} download={`transitions-${answer.from}-${answer.to}.csv`}>
          CSV
        </a>
        {answer.partial ? <p class="note">The last day is not over yet.</p> : null}
      </div>
    </Card>
  );
}
