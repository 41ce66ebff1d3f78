/** One touchpoint by its id: accepted, resolved, counted. The three steps are answered by two services. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { addressOf, type Problem } from '../api/ask.ts';
import type { CountedAnswer } from '../api/metrics-answers.ts';
import type { Trace } from '../api/trace-answer.ts';
import { useAnswer } from '../api/use-answer.ts';
import { useRepeated } from '../api/use-repeated.ts';
import { Card, Page } from '../parts/page.tsx';
import { IdentifierName } from '../parts/identifier-name.tsx';
import { Empty, Failed, Loading } from '../parts/states.tsx';
import { useAddress, withParameters } from '../shell/use-address.ts';
import { formatCount, formatDay, formatMoment } from '../text/format.ts';

export function TouchpointPage() {
  const { query, change } = useAddress();
  const id = query['id'] ?? '';
  const source = query['source'] ?? '';
  const [text, setText] = useState(id);
  useEffect(() => setText(id), [id]);
  return (
    <Page title="Touchpoint" subject={`${source} ${id}`}>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          change({ id: text.trim(), source: undefined });
        }}
      >
        <label class="choice">
          <span>Id of the touchpoint, as its sender gave it</span>
          <input
            type="search"
            value={text}
            maxLength={100}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Look up
        </button>
      </form>
      {id === '' ? (
        <Empty>
          Paste an id to see whether the touchpoint was accepted, to whom it belongs, and where it counts.
        </Empty>
      ) : (
        <Looked id={id} source={source} />
      )}
    </Page>
  );
}

function Looked({ id, source }: { id: string; source: string }) {
  const asked = useAnswer<Trace>(
    addressOf('identity', `/v1/touchpoints/${encodeURIComponent(id)}`, { source }),
  );
  const { problem, data } = asked;
  const isLookingAgain = useRepeated(problem?.code === 'touchpoint_not_found', asked);
  if (isLookingAgain) return <Loading what="the touchpoint" />;
  if (problem?.code === 'ambiguous_touchpoint') return <Candidates id={id} problem={problem} />;
  if (problem?.code === 'touchpoint_not_found') {
    return (
      <Empty>
        <p>No touchpoint has this id. It was never accepted, is still pending, or its retention has ended.</p>
        <button type="button" onClick={asked.reload}>
          Look again
        </button>
      </Empty>
    );
  }
  if (problem !== null) return <Failed message={problem.message} retry={asked.reload} />;
  if (data === null || asked.isPending) return <Loading what="the touchpoint" />;
  return data.state === 'accepted' ? <Accepted trace={data} /> : <Refused trace={data} />;
}

function Candidates({ id, problem }: { id: string; problem: Problem }) {
  const candidates = problem.body['candidates'];
  const sources = Array.isArray(candidates)
    ? candidates.map((one: unknown) => String((one as { source?: unknown }).source ?? one))
    : [];
  return (
    <Card title="Several sources have a touchpoint with this id">
      <ul class="inline-list">
        {sources.map((source) => (
          <li key={source}>
            <a href={withParameters('/console/touchpoint', { id, source })}>{source}</a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Accepted({ trace }: { trace: Extract<Trace, { state: 'accepted' }> }) {
  const counted = useAnswer<CountedAnswer>(addressOf('metrics', `/v1/metrics/touchpoints/${trace.key}`));
  return (
    <Card title="What became of it">
      <ol class="steps">
        <Step sign="good" title="Accepted">
          By source <strong>{trace.source}</strong>, {formatMoment(trace.receivedAt)}, in request{' '}
          <code>{trace.requestId}</code>. {copiesText(trace.duplicates.copies)}
          {trace.conflicts.length === 0
            ? ''
            : ` ${formatCount(trace.conflicts.length)} other bodies came under its id; the first stands.`}
        </Step>
        <Step sign="good" title="Resolved">
          It belongs to <IdentifierName identifier={trace.belongsTo.identifier} />, which is of{' '}
          <a href={`/console/profiles/${trace.belongsTo.profile}`}>this profile</a>.
          {trace.warnings.map(({ code, identifier }) => (
            <p key={identifier.id}>
              <span class="tag warn">{code.replaceAll('_', ' ')}</span> Two customers used this{' '}
              {identifier.type}.
            </p>
          ))}
        </Step>
        <Counted asked={counted} />
      </ol>
    </Card>
  );
}

function Counted({ asked }: { asked: ReturnType<typeof useAnswer<CountedAnswer>> }) {
  const { data, problem, reload } = asked;
  const isLookingAgain = useRepeated(problem?.code === 'touchpoint_not_found', asked);
  if (problem !== null && !isLookingAgain) {
    return (
      <Step sign="pending" title="Not counted">
        {problem.code === 'touchpoint_not_found'
          ? 'Metrics has not counted it, or not yet.'
          : problem.message}{' '}
        <button type="button" class="quiet" onClick={reload}>
          Look again
        </button>
      </Step>
    );
  }
  if (data === null) {
    return (
      <Step sign="pending" title="Counted">
        …
      </Step>
    );
  }
  return (
    <Step sign="good" title="Counted">
      On <strong>{formatDay(data.day)}</strong>
      {data.stage === null ? ', without a journey stage' : `, in the stage ${data.stage}`}.{' '}
      {data.countsTransactionOf.length === 0
        ? ''
        : data.countsTransactionOf.length === 1
          ? 'Its transaction counts once.'
          : `Two customers used its number: it counts for each of ${formatCount(data.countsTransactionOf.length)}.`}
    </Step>
  );
}

function Refused({ trace }: { trace: Exclude<Trace, { state: 'accepted' }> }) {
  const rejections = trace.state === 'rejected' ? trace.rejections : [];
  return (
    <Card title="What became of it">
      <ol class="steps">
        <Step sign="bad" title={trace.state === 'rejected' ? 'Rejected' : 'Accepted, and set aside'}>
          {rejections.map((rejection) => (
            <p key={rejection.rejectionId}>
              <span class="tag bad">{rejection.code.replaceAll('_', ' ')}</span> {rejection.message}
              {rejection.field === '' ? '' : ` (${rejection.field})`}, from {rejection.source},{' '}
              {formatMoment(rejection.receivedAt)}
            </p>
          ))}
          {trace.deadLetters.map((letter) => (
            <p key={letter.id}>
              <span class="tag bad">{letter.code.replaceAll('_', ' ')}</span> {letter.message} ({letter.state}
              ), {formatMoment(letter.savedAt)}
            </p>
          ))}
        </Step>
      </ol>
    </Card>
  );
}

const signs = { good: '✓', bad: '✕', pending: '…' } as const;

function Step({
  sign,
  title,
  children,
}: {
  sign: keyof typeof signs;
  title: string;
  children: ComponentChildren;
}) {
  return (
    <li>
      <span class={`step-sign ${sign}`} aria-hidden="true">
        {signs[sign]}
      </span>
      <div>
        <h3>{title}</h3>
        <div>{children}</div>
      </div>
    </li>
  );
}

function copiesText(copies: number): string {
  if (copies === 0) return 'It came once.';
  return copies === 1
    ? 'It came once more, and counts once.'
    : `It came ${formatCount(copies)} times more, and counts once.`;
}
