/** One process of each service is killed, the other is suspended for longer than the log waits for it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Run, Scenario } from '../run.ts';
import { serviceNames } from '@throughline/contracts';

/** A member is missed after 10 s; then the others need a moment to take over. */
const suspensionMs = 14_000;

const faults = serviceNames.flatMap((service) => [`${service}-0 killed`, `${service}-1 suspended`]);

export const instances: Scenario = {
  name: 'instances',
  brokers: 1,
  processesPerService: 2,
  ownDatabases: true,
  faults,
  inject,
};
export const postgresLog: Scenario = {
  name: 'postgres-log',
  brokers: 0,
  processesPerService: 2,
  faults,
  inject,
};

async function inject({ fleet, sender, faultRecord, random }: Run): Promise<void> {
  sender.holdAt(0.6);
  await sender.reached(0.15);
  for (const one of fleet.numbered(0)) {
    const killed = await one.kill();
    faultRecord.note(`${one.name} killed`, killed && sender.acknowledgedShare() < 1);
    await delay(random.below(700));
  }
  await sender.reached(0.3);
  for (const one of fleet.numbered(0)) one.start();
  await Promise.all(fleet.numbered(0).map((one) => one.waitUntilReady()));

  await sender.reached(0.4);
  const others = fleet.numbered(1);
  const suspended = new Map<string, boolean>();
  for (const one of others) suspended.set(one.name, (await one.suspend()) && sender.acknowledgedShare() < 1);
  sender.holdAt(1);
  await delay(suspensionMs);
  for (const one of others) one.resume();
  for (const one of others) faultRecord.note(`${one.name} suspended`, suspended.get(one.name) === true);
}
