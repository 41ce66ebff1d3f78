/**
 * A town of customers through Kafka and two processes of identity: what is one profile is what the reference model says. As many
 * touchpoints as `--touchpoints`, beside those of every run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { compareIdentifierTypes, type Identifier, topics } from '@throughline/contracts';
import { createKafkaEventLog } from '@throughline/event-log/kafka';
import { silentLog } from '@throughline/postgres';
import {
  defaultWorldLimits,
  referenceProfiles,
  townOf,
  type WorldTouchpoint,
  worldAfter,
} from '@throughline/testkit';
import type { Run, Scenario } from '../run.ts';

const pageSize = 1_000;
/** Without anything new. */
const patienceMs = 120_000;
const towns = new WeakMap<Run, WorldTouchpoint[]>();

export const clusters: Scenario = {
  name: 'clusters',
  brokers: 1,
  processesPerService: 2,
  ownDatabases: true,
  faults: ['both processes took part'],
  inject,
  conclude,
};

async function inject(run: Run): Promise<void> {
  const { random, options, kafkaBrokers } = run;
  const town = random.shuffled(townOf(random, options.touchpoints));
  towns.set(run, town);
  const log = createKafkaEventLog({ brokers: kafkaBrokers, instanceId: 'clusters', logger: silentLog });
  try {
    for (let start = 0; start < town.length; start += pageSize) {
      await log.append(town.slice(start, start + pageSize).map(recordOf));
    }
  } finally {
    await log.close();
  }
  await untilStored(run, town.length);
  const ofBoth = run.fleet.of('identity').filter((one) => one.readLog().includes('"touchpoints.resolved"'));
  run.faultRecord.note('both processes took part', ofBoth.length === 2);
}

function recordOf({ trust, verified, ...touchpoint }: WorldTouchpoint) {
  const identifiers = touchpoint.identifiers.toSorted((left, right) =>
    compareIdentifierTypes(left.type, right.type),
  );
  const accepted = {
    touchpoint: { ...touchpoint, identifiers },
    trust,
    ...(verified === undefined ? {} : { verifiedIdentifiers: verified }),
    bodyHash: `hash-of-${touchpoint.id}`.padEnd(20, '.'),
    requestId: 'clusters',
  };
  return { topic: topics.touchpoints, key: keyOf(identifiers[0]), value: JSON.stringify(accepted) };
}

function keyOf(identifier: Identifier | undefined): string {
  return `${identifier?.type}:${identifier?.value}`;
}

async function untilStored({ database }: Run, count: number): Promise<void> {
  let before = -1;
  let deadline = Date.now() + patienceMs;
  for (;;) {
    const [row] = await database.query<{ stored: number; rechecks: number }>(
      `select (select count(*)::integer from identity.touchpoint where source in ('shop', 'website') and id ~ '^t[0-9]+$') as stored,
         (select count(*)::integer from identity.recheck) as rechecks`,
      [],
      'identity',
    );
    if (row?.stored === count && row.rechecks === 0) return;
    const now = (row?.stored ?? 0) - (row?.rechecks ?? 0);
    if (now !== before) deadline = Date.now() + patienceMs;
    before = now;
    if (Date.now() > deadline) throw new Error(`identity has stored ${row?.stored} of ${count} touchpoints`);
    await delay(1_000);
  }
}

/** The reference breaks its last ties by id, so it takes those of the database. */
async function conclude(run: Run): Promise<void> {
  const stored = await run.database.query<{ id: string; name: string; profile: string }>(
    `select i.id, i.type || ':' || i.value as name, r.profile from identity.identifier i
     join identity.identifier r on r.id = i.root where i.first_seen_at is not null`,
    [],
    'identity',
  );
  const idOf = new Map(stored.map(({ id, name }) => [name, id]));
  const town = towns.get(run) ?? [];
  const world = worldAfter(
    town.map((touchpoint) => ({ kind: 'touchpoint' as const, touchpoint })),
    defaultWorldLimits,
  );
  const identifierId = (type: string, value: string): string => idOf.get(`${type}:${value}`) ?? '';
  const { identifiers } = referenceProfiles({ ...world, identifierId });
  const profileOf = new Map(stored.map(({ id, profile }) => [id, profile]));
  const wrong = [...identifiers.values()].filter(({ id, profile }) => profileOf.get(id) !== profile);
  if (identifiers.size === 0) throw new Error('there was nothing to compare');
  if (wrong.length > 0) {
    const some = wrong.slice(0, 5).map(({ type, value }) => `${type}:${value}`);
    throw new Error(
      `${wrong.length} of ${identifiers.size} identifiers are in another profile: ${some.join(', ')}`,
    );
  }
  run.options.say(
    `${town.length} touchpoints, ${identifiers.size} identifiers in ${new Set([...identifiers.values()].map(({ profile }) => profile)).size} profiles, as the reference says`,
  );
}
