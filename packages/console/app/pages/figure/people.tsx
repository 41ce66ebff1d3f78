/** The people behind a figure on a day: exactly as many as the number. */
import { addressOf } from '../../api/ask.ts';
import type { Freshness } from '../../api/metrics-answers.ts';
import { usePages } from '../../api/use-pages.ts';
import type { Perspective } from '../../parts/choice.tsx';
import { Drawer } from '../../parts/drawer.tsx';
import { More } from '../../parts/more.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { formatCount, formatDay, missing } from '../../text/format.ts';

interface Person {
  profile: string;
  lastActive: string | null;
  activeBefore: string | null;
}

interface ExplainAnswer {
  definition: string;
  value: number;
  items: readonly Person[];
  nextCursor: string | null;
  freshness: Freshness;
}

interface PeopleProps {
  /** As `/v1/metrics/explain` names it. */
  figure: string;
  /** In words. */
  title: string;
  day: string;
  perspective: Perspective;
  onClose: () => void;
}

const pageSize = 200;

const columns: Column<Person>[] = [
  { title: 'Profile', cell: ({ profile }) => <a href={`/console/profiles/${profile}`}>{profile}</a> },
  { title: 'Last active', cell: ({ lastActive }) => (lastActive === null ? missing : formatDay(lastActive)) },
];

export function People({ figure, title, day, perspective, onClose }: PeopleProps) {
  const pages = usePages<Person, ExplainAnswer>((cursor) =>
    addressOf('metrics', '/v1/metrics/explain', { figure, day, ...perspective, limit: pageSize, cursor }),
  );
  const csv = addressOf('metrics', '/v1/metrics/explain', { figure, day, ...perspective, format: 'csv' });
  return (
    <Drawer title={`${title} on ${formatDay(day)}`} onClose={onClose}>
      <Shown asked={pages.first} what="the people">
        {(first) => (
          <>
            <p>
              <strong class="people-count">{formatCount(first.value)}</strong> profiles. {first.definition}
            </p>
            {first.items.length === 0 ? (
              <Empty>No profile is counted.</Empty>
            ) : (
              <Table
                name="People"
                rows={[...first.items, ...pages.more]}
                keyOf={({ profile }) => profile}
                columns={columns}
              />
            )}
            <div class="actions">
              <More {...pages} />
              <a class="button" href={csv} download={`${figure}-${day}.csv`}>
                CSV
              </a>
            </div>
          </>
        )}
      </Shown>
    </Drawer>
  );
}
