/**
 * What a touchpoint costs ingest by each way in, on each log, beside a bare fastify that parses the same bodies in the same run.
 */
import { inBenchSession } from '../bench-session.ts';
import { withParseAndDrop } from '../ceilings.ts';
import type { IngestOptions, LogName } from '../config.ts';
import { describeMachine, type Machine } from '../machine.ts';
import { progress } from '../progress.ts';
import { startIngest } from './ingest-under-test.ts';
import { type LoadCost, measureLoad } from './load.ts';
import { requestKinds } from './request-kinds.ts';

export interface IngestCost {
  touchpoints: number;
  machine: Machine;
  kinds: readonly {
    kind: string;
    parseAndDrop: LoadCost;
    logs: Partial<Record<LogName, LoadCost>>;
  }[];
}

export async function measureIngest({ touchpoints, logs, inherited }: IngestOptions): Promise<IngestCost> {
  progress('fastify, parse and drop');
  const bare = await withParseAndDrop(({ url, process }) =>
    ofEachKind((kind) => measureLoad(process, { url, key: 'none', kind, touchpoints })),
  );
  const byLog = new Map<LogName, ReadonlyMap<string, LoadCost>>();
  for (const log of logs) {
    const costs = await inBenchSession({ log, inherited }, async (session) => {
      progress(`ingest, the log in ${log}`);
      const ingest = await startIngest(session, inherited);
      const { url, process, writeKey, serverKey } = ingest;
      try {
        return await ofEachKind((kind) =>
          // Trackers of Snowplow have a public key in each event, tills and servers have one that is secret.
          measureLoad(process, { url, kind, touchpoints, key: /Snowplow/.test(kind) ? writeKey : serverKey }),
        );
      } finally {
        await ingest.stop();
      }
    });
    byLog.set(log, costs);
  }
  const kinds = requestKinds.map(({ name }) => ({
    kind: name,
    parseAndDrop: costOf(bare, name),
    logs: Object.fromEntries([...byLog].map(([log, costs]) => [log, costOf(costs, name)])),
  }));
  return { touchpoints, machine: describeMachine(), kinds };
}

async function ofEachKind(
  measure: (kind: string) => Promise<LoadCost>,
): Promise<ReadonlyMap<string, LoadCost>> {
  const costs = new Map<string, LoadCost>();
  for (const { name } of requestKinds) costs.set(name, await measure(name));
  return costs;
}

function costOf(costs: ReadonlyMap<string, LoadCost>, kind: string): LoadCost {
  const cost = costs.get(kind);
  if (cost === undefined) throw new Error(`${kind} was not measured`);
  return cost;
}
