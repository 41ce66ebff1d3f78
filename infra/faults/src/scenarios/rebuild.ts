/**
 * Figures are rebuilt under load, and all processes of metrics are killed while the new ones take in touchpoints. After their start the
 * rebuild continues where it was, is verified, and takes the place of the old figures, while touchpoints are sent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { keys } from '../fleet.ts';
import type { Run, Scenario } from '../run.ts';

const patienceMs = 120_000;

export const rebuild: Scenario = {
  name: 'rebuild',
  brokers: 0,
  processesPerService: 2,
  faults: [
    'metrics killed while a rebuild took in touchpoints',
    'touchpoints were counted while the figures were rebuilt',
    'another generation of figures in use',
  ],
  inject,
};

interface Generation {
  id: number;
  state: string;
  filled: number;
  isFilled: boolean;
}

async function inject(run: Run): Promise<void> {
  const { sender, faultRecord, fleet } = run;
  sender.holdAt(0.7);
  await sender.reached(0.6);
  const before = await currentGeneration(run);
  const id = Number((await ask<{ id: string }>(run, 'POST', '/v1/metrics/rebuilds')).id);
  await until('the rebuild takes in touchpoints', async () => (await generation(run, id)).filled > 0);
  for (const one of fleet.of('metrics')) {
    if (!(await one.kill())) throw new Error(`${one.name} was not ended by SIGKILL`);
  }
  const { state, filled, isFilled } = await generation(run, id);
  const isInTheMiddle = state === 'filling' && filled > 0 && !isFilled;
  faultRecord.note('metrics killed while a rebuild took in touchpoints', isInTheMiddle);
  const counted = await countFacts(run);
  sender.holdAt(1);
  for (const one of fleet.of('metrics')) one.start();
  await Promise.all(fleet.of('metrics').map((one) => one.waitUntilReady()));
  await until('the figures are rebuilt', async () => {
    const now = await generation(run, id);
    if (now.state === 'abandoned') throw new Error('the rebuild was given up');
    return now.state === 'current';
  });
  const grown = (await countFacts(run)) > counted;
  faultRecord.note('touchpoints were counted while the figures were rebuilt', grown);
  const after = await currentGeneration(run);
  faultRecord.note('another generation of figures in use', after === id && before !== id);
}

async function generation({ database }: Run, id: number): Promise<Generation> {
  const [found] = await database.query<Generation>(
    `select id, state, facts_filled::int as filled,
            coalesce(filled_through = 'ffffffff-ffff-ffff-ffff-ffffffffffff', false) as "isFilled"
     from metrics.generation where id = $1`,
    [id],
    'metrics',
  );
  if (found === undefined) throw new Error(`there is no generation ${id}`);
  return found;
}

async function currentGeneration({ database }: Run): Promise<number | undefined> {
  const statement = `select id from metrics.generation where state = 'current'`;
  return (await database.query<{ id: number }>(statement, [], 'metrics'))[0]?.id;
}

async function countFacts({ database }: Run): Promise<number> {
  const statement = 'select count(*)::int as facts from metrics.fact';
  return (await database.query<{ facts: number }>(statement, [], 'metrics'))[0]?.facts ?? 0;
}

async function ask<T>({ fleet }: Run, method: string, path: string): Promise<T> {
  const response = await fetch(`${fleet.urlOf('metrics')}${path}`, {
    method,
    headers: { authorization: `Bearer ${keys.admin}` },
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
  return (await response.json()) as T;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await delay(20);
  }
}
