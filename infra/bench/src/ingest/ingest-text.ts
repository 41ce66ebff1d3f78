/** The cost of ingest as a person reads it. */
import type { IngestCost } from './measure-ingest.ts';
import type { LoadCost } from './load.ts';

export function ingestText({ touchpoints, machine, kinds }: IngestCost): string {
  const lines = kinds.flatMap(({ kind, parseAndDrop, logs }) => [
    row(kind, 'fastify, parse and drop', parseAndDrop, null),
    ...Object.entries(logs).map(([log, cost]) => row('', `ingest, ${log}`, cost, parseAndDrop)),
  ]);
  return `${[
    `${touchpoints} touchpoints of each kind; ${machine.cores} cores (${machine.cpu}), Node ${machine.node}; the sender runs on it too`,
    '',
    `${''.padEnd(46)}${'per second'.padStart(12)}${'CPU µs'.padStart(10)}   of the ceiling`,
    ...lines,
  ].join('\n')}\n`;
}

function row(kind: string, server: string, cost: LoadCost, ceiling: LoadCost | null): string {
  const share = ceiling === null ? '' : (ceiling.cpuMicros / cost.cpuMicros).toFixed(2);
  const retries = cost.retries === 0 ? '' : `   ${cost.retries} retries`;
  return (
    `${kind.padEnd(20)}${server.padEnd(26)}${cost.touchpointsPerSecond.toFixed(0).padStart(12)}` +
    `${cost.cpuMicros.toFixed(1).padStart(10)}${share.padStart(10)}${retries}`
  );
}
