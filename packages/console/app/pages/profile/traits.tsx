import type { Profile } from '../../api/identity-answers.ts';
import { type Column, Table } from '../../parts/table.tsx';
import { Empty } from '../../parts/states.tsx';
import { formatMoment } from '../../text/format.ts';

interface TraitRow {
  name: string;
  value: unknown;
  at: string;
  source: string;
}

const columns: Column<TraitRow>[] = [
  { title: 'Trait', cell: ({ name }) => <bdi>{name}</bdi> },
  { title: 'Value', cell: ({ value }) => <bdi>{valueText(value)}</bdi> },
  { title: 'Said by', cell: ({ source, at }) => <span title={formatMoment(at)}>{source}</span> },
];

export function Traits({ profile }: { profile: Profile }) {
  const rows = Object.entries(profile.traits).map(([name, trait]) => ({ name, ...trait }));
  return (
    <>
      {rows.length === 0 ? (
        <Empty>Nothing has said anything about it yet.</Empty>
      ) : (
        <Table name="Traits" rows={rows} keyOf={({ name }) => name} columns={columns} />
      )}
      {profile.traitsTruncated ? <p class="note">There are more traits than are shown.</p> : null}
      <Record title="Consents" entries={profile.consents} />
      <Record title="Feedback" entries={profile.feedback} />
    </>
  );
}

/** Whatever it is, as text. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Record({ title, entries }: { title: string; entries: Readonly<Record<string, unknown>> }) {
  const rows = Object.entries(entries);
  return (
    <>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p class="muted">None are known.</p>
      ) : (
        <dl class="facts">
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{valueText(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}
