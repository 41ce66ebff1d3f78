/** What a process is and what it holds: its version, and the connections of its pools. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Pool } from 'pg';
import { Gauge, type Registry } from 'prom-client';
import type { ServiceResources } from './open-resources.ts';

export function exportProcess(
  registry: Registry,
  { pool, apiPool, consumerPool }: Pick<ServiceResources, 'pool' | 'apiPool' | 'consumerPool'>,
): void {
  new Gauge({
    name: 'throughline_build_info',
    help: '1, labelled with what runs',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: readVersion(), node: process.version }, 1);
  const pools = { background: pool, api: apiPool, consumer: consumerPool };
  new Gauge({
    name: 'throughline_pool_connections',
    help: 'Connections to Postgres by pool: used, idle, and requests that wait for one',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect() {
      for (const [name, each] of Object.entries(pools)) {
        for (const [state, count] of Object.entries(countsOf(each))) this.set({ pool: name, state }, count);
      }
    },
  });
}

function countsOf({
  totalCount,
  idleCount,
  waitingCount,
}: Pool): Record<'used' | 'idle' | 'waiting', number> {
  return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}

function readVersion(): string {
  const file = path.join(import.meta.dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
