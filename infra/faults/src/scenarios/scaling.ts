/** Instances come and go in order under load, as in an upgrade or when an operator scales. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Run, Scenario } from '../run.ts';
import { serviceNames } from '@throughline/contracts';
import { keys, type ServiceProcess } from '../fleet.ts';

const patienceMs = 90_000;
/** What a process is given to end in order; compose and orchestrators give no less. */
const orderlyEndMs = 15_000;
/** Lines by which a process of a service says that it does its share. */
const atWork = {
  ingest: '"touchpoints.accepted"',
  identity: '"touchpoints.resolved"',
  metrics: '"touchpoints.counted"',
};

const faults = serviceNames.flatMap((service) => [
  `${service}-1 left in order`,
  `${service}-1 came back and works`,
  `${service}-0 was replaced in order`,
]);

export const scaling: Scenario = { name: 'scaling', brokers: 1, processesPerService: 2, faults, inject };

async function inject({ fleet, sender, faultRecord }: Run): Promise<void> {
  let ceiling = 0.4;
  sender.holdAt(ceiling);
  await sender.reached(0.2);
  for (const one of fleet.numbered(1)) {
    faultRecord.note(`${one.name} left in order`, (await leaves(one)) && sender.acknowledgedShare() < 1);
  }
  // Nearly: the batches up to there are not all acknowledged when it stops.
  await sender.reached(ceiling - 0.05);
  for (const one of fleet.numbered(1)) {
    const logLength = one.readLog().length;
    one.start();
    await one.waitUntilReady();
    await until(() => consumes(one));
    // What it is to work on comes when it can.
    ceiling += 0.15;
    sender.holdAt(ceiling);
    const works = await until(() => one.readLog().slice(logLength).includes(atWork[one.service]));
    faultRecord.note(`${one.name} came back and works`, works && sender.acknowledgedShare() < 1);
  }
  for (const one of fleet.numbered(0)) {
    const left = await leaves(one);
    one.start();
    await one.waitUntilReady();
    faultRecord.note(`${one.name} was replaced in order`, left && sender.acknowledgedShare() < 1);
  }
  sender.holdAt(1);
}

async function leaves(one: ServiceProcess): Promise<boolean> {
  const ended = await Promise.race([one.end(), delay(orderlyEndMs, 'too late')]);
  return ended === 0;
}

/** By its own figures: a process speaks of the partitions that it owns. Ingest works without. */
async function consumes(one: ServiceProcess): Promise<boolean> {
  if (one.service === 'ingest') return true;
  const figures = await fetch(`${one.url}/metrics`, { headers: { authorization: `Bearer ${keys.read}` } });
  const states = (await figures.text())
    .split('\n')
    .filter((line) => line.startsWith('throughline_consumer_state{') && line.endsWith(' 1'))
    .filter((line) => !line.includes('rejected.v1'));
  return states.some((line) => line.includes('state="idle"') || line.includes('state="consuming"'));
}

/** False when it does not come in time. */
async function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > deadline) return false;
    await delay(100);
  }
  return true;
}
