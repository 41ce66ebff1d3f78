/** What may send and read: sources and keys. They are made and changed by the command and the API. */
import { addressOf } from '../../api/ask.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Card } from '../../parts/page.tsx';
import { Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { formatMoment } from '../../text/format.ts';

interface Source {
  name: string;
  trust: string;
  builtIn: boolean;
  disabled: boolean;
}

interface Key {
  id: string;
  scope: string;
  source: string;
  note: string;
  hint: string;
  builtIn: boolean;
  createdAt: string | null;
  disabledAt: string | null;
}

const sourceColumns: Column<Source>[] = [
  { title: 'Source', cell: ({ name }) => <bdi>{name}</bdi> },
  { title: 'Trust', cell: ({ trust }) => trust },
  { title: 'State', cell: ({ disabled }) => (disabled ? 'disabled' : 'in use') },
];

const keyColumns: Column<Key>[] = [
  { title: 'Key', cell: ({ hint }) => <code>{hint}…</code> },
  { title: 'Kind', cell: ({ scope }) => scope },
  { title: 'Source', cell: ({ source }) => <bdi>{source}</bdi> },
  { title: 'Note', cell: ({ note }) => <bdi>{note}</bdi> },
  {
    title: 'Made',
    cell: ({ createdAt, builtIn }) => (builtIn ? 'by the environment' : formatMoment(createdAt)),
  },
  { title: 'State', cell: ({ disabledAt }) => (disabledAt === null ? 'in use' : 'disabled') },
];

export function Access() {
  const sources = useAnswer<{ items: readonly Source[] }>(addressOf('ingest', '/v1/sources'));
  const keys = useAnswer<{ items: readonly Key[]; nextCursor: string | null }>(
    addressOf('ingest', '/v1/keys', { limit: 100 }),
  );
  return (
    <div class="columns">
      <Card title="Sources">
        <Shown asked={sources} what="the sources">
          {({ items }) => (
            <Table name="Sources" rows={items} keyOf={({ name }) => name} columns={sourceColumns} />
          )}
        </Shown>
      </Card>
      <Card title="Keys">
        <Shown asked={keys} what="the keys">
          {({ items, nextCursor }) => (
            <>
              <Table name="Keys" rows={items} keyOf={({ id }) => id} columns={keyColumns} />
              {nextCursor === null ? null : <p class="note">The oldest 100 keys are shown.</p>}
            </>
          )}
        </Shown>
      </Card>
    </div>
  );
}
