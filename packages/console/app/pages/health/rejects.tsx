/** Rejected items by reason, each with an example that can be decided again. */
import { useState } from 'preact/hooks';
import { addressOf, Problem, send } from '../../api/ask.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Card } from '../../parts/page.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { formatCode, formatCount, formatMoment } from '../../text/format.ts';

interface CountsAnswer {
  isComplete: boolean;
  counts: readonly { at: string; source: string; code: string; items: number }[];
}

interface Reason {
  code: string;
  source: string;
  items: number;
  lastAt: string;
}

interface RejectedItem {
  rejectionId: string;
  receivedAt: string;
  source: string;
  id: string | null;
  code: string;
  field: string;
  message: string;
  replayedAt: string | null;
}

const days = 30;

export function Rejects() {
  const asked = useAnswer<CountsAnswer>(addressOf('ingest', '/v1/rejected/counts', { per: 'day' }));
  const [open, setOpen] = useState<Reason | null>(null);
  const columns: Column<Reason>[] = [
    { title: 'Reason', cell: ({ code }) => formatCode(code) },
    { title: 'Source', cell: ({ source }) => source },
    { title: 'Items', isNumber: true, cell: ({ items }) => formatCount(items) },
    {
      title: 'Example',
      cell: (reason) => (
        <button
          type="button"
          class="quiet"
          aria-label={`Show an example of ${formatCode(reason.code)} from ${reason.source}`}
          onClick={() => setOpen(reason)}
        >
          Show
        </button>
      ),
    },
  ];
  return (
    <Card title={`Rejected items of the last ${days} days`}>
      <Shown asked={asked} what="the rejected items">
        {({ counts, isComplete }) => {
          const reasons = reasonsOf(counts);
          if (reasons.length === 0) return <Empty>Nothing was rejected.</Empty>;
          return (
            <>
              <Table
                name="Rejected items by reason"
                rows={reasons}
                keyOf={({ code, source }) => `${code} ${source}`}
                columns={columns}
              />
              {isComplete ? null : <p class="note">Only the newest are counted.</p>}
            </>
          );
        }}
      </Shown>
      {open === null ? null : <Example key={`${open.code} ${open.source}`} reason={open} />}
    </Card>
  );
}

function reasonsOf(counts: CountsAnswer['counts']): Reason[] {
  const reasons = new Map<string, Reason>();
  for (const { at, source, code, items } of counts) {
    const key = `${code} ${source}`;
    const known = reasons.get(key);
    if (known === undefined) reasons.set(key, { code, source, items, lastAt: at });
    else reasons.set(key, { ...known, items: known.items + items });
  }
  return [...reasons.values()].sort((one, other) => other.items - one.items);
}

function Example({ reason }: { reason: Reason }) {
  const { code, source } = reason;
  const list = useAnswer<{ items: readonly RejectedItem[] }>(
    addressOf('ingest', '/v1/rejected', { code, source, limit: 1 }),
  );
  const item = list.data?.items[0];
  const whole = useAnswer<RejectedItem & { body: string; bodyEncoding: string }>(
    item === undefined ? null : addressOf('ingest', `/v1/rejected/${item.rejectionId}`),
  );
  return (
    <Shown asked={list} what="an example">
      {({ items }) =>
        items[0] === undefined ? (
          <Empty>It is not kept any more.</Empty>
        ) : (
          <div class="preview">
            <h3>
              The newest of {formatCode(code)} from {source}
            </h3>
            <p>
              {items[0].message}
              {items[0].field === '' ? '' : ` (${items[0].field})`}, {formatMoment(items[0].receivedAt)}
            </p>
            <Shown asked={whole} what="its text">
              {({ body }) => <pre tabIndex={0}>{prettyText(body)}</pre>}
            </Shown>
            <Resubmit item={items[0]} onDone={list.reload} />
          </div>
        )
      }
    </Shown>
  );
}

function Resubmit({ item, onDone }: { item: RejectedItem; onDone: () => void }) {
  const [outcome, setOutcome] = useState<string | null>(null);
  const [isPending, setPending] = useState(false);
  const submit = async (): Promise<void> => {
    setPending(true);
    try {
      const path = `/v1/rejected/${item.rejectionId}/replay`;
      const answer = await send<{ accepted: number; rejected: readonly { message: string }[] }>(
        addressOf('ingest', path),
        { method: 'POST' },
      );
      setOutcome(answer.accepted > 0 ? 'Accepted.' : `Rejected again: ${answer.rejected[0]?.message ?? ''}`);
      if (answer.accepted > 0) onDone();
    } catch (error) {
      setOutcome(error instanceof Problem ? error.message : String(error));
    }
    setPending(false);
  };
  return (
    <div class="actions">
      <button type="button" disabled={isPending || item.replayedAt !== null} onClick={() => void submit()}>
        {item.replayedAt === null ? 'Decide it again' : 'Accepted since'}
      </button>
      <p role="status">{outcome}</p>
    </div>
  );
}

function prettyText(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
