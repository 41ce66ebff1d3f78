/** Receipt numbers of a store's business day that never came. */
import { useState } from 'preact/hooks';
import { addressOf } from '../../api/ask.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Card } from '../../parts/page.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { useDeployment } from '../../shell/session.ts';
import { addDays } from '../../text/days.ts';
import { formatCount } from '../../text/format.ts';

interface Register {
  source: string;
  register: string;
  first: number;
  last: number;
  missing: readonly { from: number; to: number; count: number }[];
  missingCount: number;
  repeated: readonly { sequence: number; receipts: number }[];
  rejected: readonly number[];
}

const columns: Column<Register>[] = [
  { title: 'Register', cell: ({ register, source }) => `${register} (${source})` },
  { title: 'Numbers', cell: ({ first, last }) => `${first} to ${last}` },
  {
    title: 'Missing',
    cell: ({ missing, missingCount }) =>
      missingCount === 0
        ? 'none'
        : `${formatCount(missingCount)}: ${missing
            .slice(0, 5)
            .map(({ from, to }) => (from === to ? String(from) : `${from} to ${to}`))
            .join(', ')}${missing.length > 5 ? ' …' : ''}`,
  },
  { title: 'Repeated', isNumber: true, cell: ({ repeated }) => formatCount(repeated.length) },
  { title: 'Rejected', isNumber: true, cell: ({ rejected }) => formatCount(rejected.length) },
];

export function Gaps() {
  const { today } = useDeployment();
  const [asked, setAsked] = useState<{ store: string; day: string } | null>(null);
  const [store, setStore] = useState('');
  const [day, setDay] = useState(addDays(today, -1));
  return (
    <Card title="Receipts that never came">
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked({ store: store.trim(), day });
        }}
      >
        <label class="choice">
          <span>Store</span>
          <input
            value={store}
            required
            maxLength={40}
            onInput={(event) => setStore(event.currentTarget.value)}
          />
        </label>
        <label class="choice">
          <span>Business day</span>
          <input type="date" value={day} required onInput={(event) => setDay(event.currentTarget.value)} />
        </label>
        <button type="submit">Look</button>
      </form>
      {asked === null ? null : <Registers {...asked} />}
    </Card>
  );
}

function Registers(asked: { store: string; day: string }) {
  const gaps = useAnswer<{ registers: readonly Register[]; nextCursor: string | null }>(
    addressOf('ingest', '/v1/pos/gaps', { ...asked, limit: 100 }),
  );
  return (
    <Shown asked={gaps} what="the receipt numbers">
      {({ registers, nextCursor }) =>
        registers.length === 0 ? (
          <Empty>No receipt of this store and day has come.</Empty>
        ) : (
          <>
            <Table
              name="Receipt numbers by register"
              rows={registers}
              keyOf={({ source, register }) => `${source} ${register}`}
              columns={columns}
            />
            {nextCursor === null ? null : <p class="note">The first 100 registers are shown.</p>}
          </>
        )
      }
    </Shown>
  );
}
