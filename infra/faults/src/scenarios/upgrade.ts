/**
 * A rolling upgrade: beside each service a newer version of it is started, under load, and the old one is stopped in order. The
 * newer one sends at once what the old ones do not know, which has to wait for their successors.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { serviceNames, type ServiceName } from '@throughline/contracts';
import { keys, type ServiceProcess } from '../fleet.ts';
import { makeNewerVersion, newerType, newerVersion } from '../newer-version.ts';
import type { Run, Scenario } from '../run.ts';
import type { Sent } from '../workload.ts';

const patienceMs = 90_000;
const newerCount = 20;

const faults = [
  ...serviceNames.flatMap((service) => [
    `two versions of ${service} ran`,
    `${service}-0 was replaced in order`,
  ]),
  'what is newer waited in identity',
  'what is newer waited in metrics',
];

export const upgrade: Scenario = { name: 'upgrade', brokers: 0, processesPerService: 1, faults, inject };

async function inject(run: Run): Promise<void> {
  const { fleet, sender, faultRecord, home } = run;
  const checkout = makeNewerVersion(home);
  let ceiling = 0.4;
  sender.holdAt(ceiling);
  for (const service of serviceNames) {
    await sender.reached(ceiling - 0.1);
    const [old] = fleet.of(service);
    if (old === undefined) throw new Error(`no ${service} runs`);
    const newer = await fleet.add(service, checkout);
    newer.start();
    await newer.waitUntilReady();
    // While both run.
    ceiling += 0.15;
    sender.holdAt(ceiling);
    await sender.reached(ceiling - 0.1);
    const areBoth = old.isRunning() && (await versionOf(newer)) === newerVersion;
    faultRecord.note(`two versions of ${service} ran`, areBoth && sender.acknowledgedShare() < 1);
    if (service === 'ingest') await sendNewer(run, newer);
    const left = await old.end();
    faultRecord.note(`${old.name} was replaced in order`, left === 0 && sender.acknowledgedShare() < 1);
    const next = after[service];
    if (next !== null) faultRecord.note(`what is newer waited in ${next}`, await waits(run, next));
  }
  sender.holdAt(1);
}

/** Where what a service sends is read. */
const after: Readonly<Record<ServiceName, 'identity' | 'metrics' | null>> = {
  ingest: 'identity',
  identity: 'metrics',
  metrics: null,
};

async function versionOf({ url }: ServiceProcess): Promise<string | undefined> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${keys.read}` } });
  return /^throughline_build_info\{version="([^"]+)"/m.exec(await answer.text())?.[1];
}

/** The newer ingest takes the load too, and what only it knows. */
async function sendNewer({ sender }: Run, newer: ServiceProcess): Promise<void> {
  sender.sendTo([newer.url]);
  const items: Sent[] = Array.from({ length: newerCount }, (_, number) => ({
    id: `newer-${number}`,
    item: { id: `newer-${number}`, type: newerType, name: 'Renewed', userId: `newer-person-${number}` },
    // Its timeline is not compared: the old versions do not have it.
    person: null,
    day: 0,
    isPurchase: false,
  }));
  await sender.sendNow(items, `${newer.url}/v1/touchpoints`);
}

async function waits({ database }: Run, schema: 'identity' | 'metrics'): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    const [row] = await database.query<{ count: number }>(
      `select count(*)::int from ${schema}.dead_letter where state = 'waiting' and code = 'unknown_kind'`,
    );
    if (row?.count === newerCount) return true;
    await delay(100);
  }
  return false;
}
