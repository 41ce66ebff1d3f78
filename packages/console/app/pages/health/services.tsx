/** The services, how fresh their answers are, and how far their consumers are behind. */
import { addressOf, readText, type Service } from '../../api/ask.ts';
import type { Freshness } from '../../api/metrics-answers.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { Fresh } from '../../parts/fresh.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { formatCount } from '../../text/format.ts';
import { type GroupLag, readGroups } from './consumer-groups.ts';

const services: readonly Service[] = ['ingest', 'identity', 'metrics'];
const freshness = {
  identity: addressOf('identity', '/v1/freshness'),
  metrics: addressOf('metrics', '/v1/metrics/freshness'),
};

export function Services() {
  return (
    <>
      <ul class="tiles">
        {services.map((service) => (
          <ServiceTile key={service} service={service} />
        ))}
      </ul>
      <div class="columns">
        <Card title="How fresh the answers are">
          <h3>Profiles</h3>
          <Freshnesses address={freshness.identity} />
          <h3>Figures</h3>
          <Freshnesses address={freshness.metrics} />
        </Card>
        <Card title="Consumers">
          <Consumers />
        </Card>
      </div>
    </>
  );
}

function ServiceTile({ service }: { service: Service }) {
  const asked = useAnswer<{ ready: true; checks: Record<string, string> }>(addressOf(service, '/readyz'));
  const { problem, data, isPending } = asked;
  const state = problem !== null ? 'not ready' : data === null ? 'asking …' : 'ready';
  return (
    <li class="card tile">
      <span class="muted">{service}</span>
      <span class="tile-value">
        <span class={`dot ${problem !== null ? 'bad' : data === null ? '' : 'good'}`} aria-hidden="true" />
        {state}
      </span>
      <span class="tile-change">
        {problem?.message ??
          Object.entries(data?.checks ?? {})
            .map(([name, word]) => (word === 'ok' ? name : `${name}: ${word}`))
            .join(', ')}
      </span>
      <button
        type="button"
        class="quiet"
        disabled={isPending}
        onClick={asked.reload}
        aria-label={`Ask again: ${service}`}
      >
        Ask again
      </button>
    </li>
  );
}

function Freshnesses({ address }: { address: string }) {
  const asked = useAnswer<Freshness | { freshness: Freshness }>(address);
  return (
    <Shown asked={asked} what="the freshness">
      {(answer) => <Fresh freshness={'freshness' in answer ? answer.freshness : answer} />}
    </Shown>
  );
}

const columns: Column<GroupLag>[] = [
  { title: 'Group', cell: ({ group }) => group },
  { title: 'State', cell: ({ states }) => states.join(', ') },
  { title: 'Records behind', isNumber: true, cell: ({ records }) => formatCount(records) },
  { title: 'Waiting', isNumber: true, cell: ({ seconds }) => `${formatCount(seconds)} s` },
];

function Consumers() {
  const addresses = services.map((service) => addressOf(service, '/metrics'));
  const asked = useAnswer(addresses.join('\n'), async (_joined, signal) => {
    // A service that does not answer shows above; the others' consumers are still known.
    const texts = await Promise.allSettled(addresses.map(async (address) => await readText(address, signal)));
    return texts.flatMap((text) => (text.status === 'fulfilled' ? readGroups(text.value) : []));
  });
  return (
    <Shown asked={asked} what="the consumers">
      {(groups) =>
        groups.length === 0 ? (
          <Empty>No service says how far its consumers are.</Empty>
        ) : (
          <Table name="Consumers" rows={groups} keyOf={({ group }) => group} columns={columns} />
        )
      }
    </Shown>
  );
}
