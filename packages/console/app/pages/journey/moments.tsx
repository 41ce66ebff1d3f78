/** Which touchpoints people love and which hurt, and what they answer when they are asked. */
import { addressOf } from '../../api/ask.ts';
import type { ExperienceAnswer, SentimentAnswer, SentimentPoint } from '../../api/journey-answers.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Card } from '../../parts/page.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { formatCount, formatPercent, formatRatio, missing } from '../../text/format.ts';

interface Range {
  from: string;
  to: string;
}

/** Rows of each table. */
const most = 10;

const columns: Column<SentimentPoint>[] = [
  { title: 'Touchpoint', cell: ({ name }) => <bdi>{name}</bdi> },
  { title: 'Channel', cell: ({ channel }) => <bdi>{channel ?? missing}</bdi> },
  { title: 'How many', isNumber: true, cell: ({ touchpoints }) => formatCount(touchpoints) },
  { title: 'Sentiment', isNumber: true, cell: ({ mean }) => formatRatio(mean) },
  { title: 'Journey stopped after it', isNumber: true, cell: ({ stopShare }) => formatPercent(stopShare) },
];

export function Moments({ range }: { range: Range }) {
  const asked = useAnswer<SentimentAnswer>(addressOf('metrics', '/v1/metrics/sentiment', { ...range }));
  return (
    <Card title="Moments: what people love, and what hurts">
      <Shown asked={asked} what="the sentiment of touchpoints">
        {(answer) => <Points answer={answer} csv={csvOf('/v1/metrics/sentiment', range)} />}
      </Shown>
    </Card>
  );
}

function csvOf(path: string, range: Range): string {
  return addressOf('metrics', path, { ...range, format: 'csv' });
}

function Points({ answer, csv }: { answer: SentimentAnswer; csv: string }) {
  const { points, definition, more, from, to } = answer;
  const keyOf = ({ name, channel }: SentimentPoint): string => `${name} ${channel}`;
  const loved = points.filter(({ mean }) => mean > 0).toSorted((a, b) => b.positive - a.positive);
  const painful = points.filter(({ mean }) => mean < 0).toSorted((a, b) => b.negative - a.negative);
  if (points.length === 0) return <Empty>No touchpoint of these days came with a sentiment.</Empty>;
  return (
    <>
      <p class="definition">{definition}</p>
      <div class="columns">
        <div>
          <h3>Pain points</h3>
          {painful.length === 0 ? (
            <Empty>Nothing hurts.</Empty>
          ) : (
            <Table name="Pain points" rows={painful.slice(0, most)} keyOf={keyOf} columns={columns} />
          )}
        </div>
        <div>
          <h3>Love points</h3>
          {loved.length === 0 ? (
            <Empty>Nothing is loved.</Empty>
          ) : (
            <Table name="Love points" rows={loved.slice(0, most)} keyOf={keyOf} columns={columns} />
          )}
        </div>
      </div>
      <div class="actions">
        <a class="button" href={csv} download={`sentiment-${from}-${to}.csv`}>
          CSV
        </a>
        {more === 0 ? null : <p class="note">{formatCount(more)} more are in the CSV.</p>}
      </div>
    </>
  );
}

export function Experience({ range }: { range: Range }) {
  const asked = useAnswer<ExperienceAnswer>(addressOf('metrics', '/v1/metrics/experience', { ...range }));
  return (
    <Card title="What people answer">
      <Shown asked={asked} what="the answers to surveys">
        {(answer) => <Scores answer={answer} />}
      </Shown>
    </Card>
  );
}

function Scores({ answer: { nps, csat, ces, definition } }: { answer: ExperienceAnswer }) {
  const rows: [string, string, number][] = [
    ['NPS', nps.score === null ? missing : formatCount(Math.round(nps.score)), nps.answers],
    ['Satisfied (CSAT)', formatPercent(csat.share), csat.answers],
    ['Effort (CES), mean', formatRatio(ces.mean), ces.answers],
  ];
  if (rows.every(([, , answers]) => answers === 0))
    return <Empty>No survey was answered on these days.</Empty>;
  return (
    <>
      <p class="definition">{definition}</p>
      <dl class="facts summary-facts">
        {rows.map(([name, value, answers]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd data-score={name}>
              {value} <span class="muted">of {formatCount(answers)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
