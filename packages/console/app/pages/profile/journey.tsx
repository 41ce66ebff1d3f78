/** Where the profile is on its journey, when it would be lost, and by which touchpoints it came there. */
import { addressOf } from '../../api/ask.ts';
import type { Profile } from '../../api/identity-answers.ts';
import type { ProfileJourneyAnswer } from '../../api/journey-answers.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Empty, Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { withParameters } from '../../shell/use-address.ts';
import { formatCount, formatDay, missing } from '../../text/format.ts';

type Chance = ProfileJourneyAnswer['churn'][number];

/** The latest of them. */
const shownSteps = 20;

const churnColumns: Column<Chance>[] = [
  { title: 'Activity', cell: ({ activity }) => activity },
  { title: 'Window', isNumber: true, cell: ({ window }) => `${window} days` },
  {
    title: 'State',
    cell: ({ state }) => <span class={state === 'active' ? 'tag' : 'tag warn'}>{state}</span>,
  },
  { title: 'Lost on, unless it comes back', cell: ({ churnsOn }) => formatDay(churnsOn) },
];

export function Journey({ profile }: { profile: Profile }) {
  const path = `/v1/metrics/profiles/${profile.id}/journey`;
  const asked = useAnswer<ProfileJourneyAnswer>(addressOf('metrics', path, { limit: shownSteps }));
  return (
    <Shown asked={asked} what="the journey">
      {(answer) => (
        <>
          <Facts answer={answer} />
          {answer.churn.length === 0 ? null : (
            <Table
              name="When it would be lost"
              rows={answer.churn}
              keyOf={({ activity, window }) => `${activity} ${window}`}
              columns={churnColumns}
            />
          )}
          <Steps answer={answer} />
        </>
      )}
    </Shown>
  );
}

function Facts({ answer }: { answer: ProfileJourneyAnswer }) {
  const rows: [string, string][] = [
    ['Stage', answer.stage ?? missing],
    ['Since', answer.stageSince === null ? missing : formatDay(answer.stageSince)],
    ['Relationship', answer.relationship],
    ['This month', answer.lifecycle ?? missing],
    ['Purchases', formatCount(answer.transactions)],
    ['Last purchase', answer.lastPurchase === null ? missing : formatDay(answer.lastPurchase)],
    ['Class by value', answer.valueClass ?? missing],
    ['What to do', answer.strategy],
  ];
  return (
    <dl class="facts summary-facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Steps({ answer: { touchpoints, nextCursor } }: { answer: ProfileJourneyAnswer }) {
  if (touchpoints.length === 0) return <Empty>None of its touchpoints has a stage.</Empty>;
  return (
    <>
      <ol class="results journey-steps">
        {touchpoints.map(({ stage, day, channel, source, id }) => (
          <li key={`${source} ${id} ${stage}`}>
            <p class="inline-list">
              <span class="tag">{stage}</span>
              <a href={withParameters('/console/touchpoint', { id, source })}>{formatDay(day)}</a>
              {channel === null ? null : <bdi class="muted">{channel}</bdi>}
            </p>
          </li>
        ))}
      </ol>
      {nextCursor === null ? null : <p class="note">Earlier ones are in the timeline.</p>}
    </>
  );
}
