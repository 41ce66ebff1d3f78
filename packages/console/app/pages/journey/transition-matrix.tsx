/** From rows to columns, with the sums of both. */
import type { Flow } from '../../charts/sankey-layout.ts';
import { type Column, Table } from '../../parts/table.tsx';
import { formatCount } from '../../text/format.ts';

interface Row {
  name: string;
  counts: ReadonlyMap<string, number>;
  total: number;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

export function TransitionMatrix({ flows, order }: { flows: readonly Flow[]; order: readonly string[] }) {
  const has = (end: 'from' | 'to') =>
    order.filter((name) => flows.some((flow) => flow[end] === name && flow.count > 0));
  const [from, to] = [has('from'), has('to')];
  const rows: Row[] = from.map((name) => {
    const own = flows.filter((flow) => flow.from === name);
    return {
      name,
      counts: new Map(own.map((flow) => [flow.to, flow.count])),
      total: sum(own.map(({ count }) => count)),
    };
  });
  const totals = new Map(
    to.map((name) => [name, sum(flows.filter((flow) => flow.to === name).map(({ count }) => count))]),
  );
  const all: Row = { name: 'All', counts: totals, total: sum([...totals.values()]) };
  const columns: Column<Row>[] = [
    { title: 'From \\ to', cell: ({ name }) => name },
    ...to.map((name) => ({
      title: name,
      isNumber: true,
      cell: ({ counts }: Row) => {
        const count = counts.get(name) ?? 0;
        return count === 0 ? <span class="muted">·</span> : formatCount(count);
      },
    })),
    { title: 'All', isNumber: true, cell: ({ total }) => <strong>{formatCount(total)}</strong> },
  ];
  return (
    <Table name="Moves between stages" rows={[...rows, all]} keyOf={({ name }) => name} columns={columns} />
  );
}
