import type { Profile } from '../../api/identity-answers.ts';
import { type Column, Table } from '../../parts/table.tsx';
import { Empty } from '../../parts/states.tsx';
import { formatMoment } from '../../text/format.ts';

/** Something that was said, with who said it and when. */
interface Saying {
  at: string;
  source: string;
}

const saidBy: Column<Saying> = {
  title: 'Said by',
  cell: ({ source, at }) => <span title={formatMoment(at)}>{source}</span>,
};

const traitColumns: Column<Saying & { name: string; value: unknown }>[] = [
  { title: 'Trait', cell: ({ name }) => <bdi>{name}</bdi> },
  { title: 'Value', cell: ({ value }) => <bdi>{valueText(value)}</bdi> },
  saidBy,
];

const consentColumns: Column<Saying & { category: string; granted: boolean }>[] = [
  { title: 'Category', cell: ({ category }) => <bdi>{category}</bdi> },
  { title: 'Consent', cell: ({ granted }) => (granted ? 'given' : 'refused') },
  saidBy,
];

const feedbackColumns: Column<Saying & { survey: string; question: string; answer: unknown }>[] = [
  { title: 'Survey', cell: ({ survey }) => <bdi>{survey}</bdi> },
  { title: 'Question', cell: ({ question }) => <bdi>{question}</bdi> },
  { title: 'Answer', cell: ({ answer }) => <bdi>{valueText(answer)}</bdi> },
  saidBy,
];

export function Traits({ profile }: { profile: Profile }) {
  const traits = Object.entries(profile.traits).map(([name, trait]) => ({ name, ...trait }));
  return (
    <>
      {traits.length === 0 ? (
        <Empty>Nothing has said anything about it yet.</Empty>
      ) : (
        <Table name="Traits" rows={traits} keyOf={({ name }) => name} columns={traitColumns} />
      )}
      {profile.traitsTruncated ? <Truncated of="traits" /> : null}
      <Consents profile={profile} />
      <Feedback profile={profile} />
    </>
  );
}

function Consents({ profile }: { profile: Profile }) {
  const rows = Object.entries(profile.consents).map(([category, consent]) => ({ category, ...consent }));
  return (
    <>
      <h3>Consents</h3>
      {rows.length === 0 ? (
        <p class="muted">None are known.</p>
      ) : (
        <Table name="Consents" rows={rows} keyOf={({ category }) => category} columns={consentColumns} />
      )}
      {profile.consentsTruncated ? <Truncated of="consents" /> : null}
    </>
  );
}

function Feedback({ profile }: { profile: Profile }) {
  const rows = Object.entries(profile.feedback).flatMap(([survey, answers]) =>
    Object.entries(answers).map(([question, answer]) => ({ survey, question, ...answer })),
  );
  const keyOf = ({ survey, question }: (typeof rows)[number]): string => JSON.stringify([survey, question]);
  return (
    <>
      <h3>Feedback</h3>
      {rows.length === 0 ? (
        <p class="muted">None is known.</p>
      ) : (
        <Table name="Feedback" rows={rows} keyOf={keyOf} columns={feedbackColumns} />
      )}
      {profile.feedbackTruncated ? <Truncated of="answers" /> : null}
    </>
  );
}

function Truncated({ of }: { of: string }) {
  return <p class="note">There are more {of} than are shown.</p>;
}

/** Whatever it is, as text. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
