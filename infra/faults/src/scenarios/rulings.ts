/**
 * The processes of identity are killed while erasures are carried out, and while another policy is worked out beside the live state.
 * Both are resumed: what the erased people did is gone, also what arrives late, and everything else is counted as it was sent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { settleAndCheck } from '../check.ts';
import { keys } from '../fleet.ts';
import type { Run, Scenario } from '../run.ts';

const patienceMs = 120_000;
const mostErased = 40;
const erasedIn = new WeakMap<Run, ReadonlySet<string>>();

export const rulings: Scenario = {
  name: 'rulings',
  brokers: 1,
  processesPerService: 2,
  ownDatabases: true,
  faults: [
    'killed while erasures were carried out',
    'killed while a policy was worked out',
    'erased people had touchpoints sent after the erasure',
  ],
  inject,
  conclude,
};

async function inject(run: Run): Promise<void> {
  const { sender, faultRecord } = run;
  sender.holdAt(0.7);
  await sender.reached(0.4);
  const profiles = await profilesToErase(run);
  erasedIn.set(run, new Set(profiles.keys()));
  for (const id of profiles.values()) await ask(run, 'DELETE', `/v1/profiles/${id}?includePublic=true`);
  await killIdentity(run);
  const open = await countOpenErasures(run);
  faultRecord.note('killed while erasures were carried out', open > 0 && open < profiles.size);
  await startIdentity(run);
  await until('the erasures are done', async () => (await countOpenErasures(run)) === 0);

  const policy = { normalization: { phoneRegion: 'DE' }, types: { 'external.crm': { letters: 'small' } } };
  await ask(run, 'PUT', '/v1/identity/policy', { policy });
  const isUnderway = async (): Promise<boolean> => {
    const { state, phase } = await lastRules(run);
    return state === 'evaluating' && phase !== 'prepare';
  };
  await until('the policy is being worked out', isUnderway);
  await killIdentity(run);
  faultRecord.note('killed while a policy was worked out', await isUnderway());
  await startIdentity(run);
  const late = run.sent.filter(
    ({ id, person }) => profiles.has(person ?? '') && !sender.acknowledged.has(id),
  );
  faultRecord.note('erased people had touchpoints sent after the erasure', late.length > 0);
  sender.holdAt(1);
  await until('the policy is in force', async () => (await lastRules(run)).state === 'in_force');
}

/** As for any run, but that the erased people never were. */
async function conclude(run: Run): Promise<void> {
  const erased = erasedIn.get(run) ?? new Set();
  const sent = run.sent.filter(({ person }) => person === null || !erased.has(person));
  const ids = new Set(sent.map(({ id }) => id));
  const verdict = await settleAndCheck({
    database: run.database,
    identityUrl: run.fleet.urlOf('identity'),
    metricsUrl: run.fleet.urlOf('metrics'),
    sent,
    acknowledged: new Set([...run.sender.acknowledged].filter((id) => ids.has(id))),
  });
  run.options.say(`${erased.size} people erased, the others: ${JSON.stringify(verdict)}`);
}

/** Of customers without a visitor's cookie, whose history may not be known to be theirs yet, those that have a profile. */
async function profilesToErase(run: Run): Promise<Map<string, string>> {
  const visitors = new Set(run.sent.flatMap(({ item, person }) => ('anonymousId' in item ? [person] : [])));
  const people = new Set(
    run.sent.flatMap(({ person }) => (person === null || visitors.has(person) ? [] : [person])),
  );
  const refs = [...people].slice(0, 100).map((person) => `user_id:${person}`);
  const found = await ask<{ profiles: Record<string, { id: string } | null> }>(
    run,
    'POST',
    '/v1/profiles/lookup',
    {
      refs,
    },
  );
  const known = refs.flatMap((ref) => {
    const profile = found.profiles[ref] ?? null;
    return profile === null ? [] : [[ref.slice('user_id:'.length), profile.id] as const];
  });
  return new Map(known.slice(0, mostErased));
}

async function killIdentity({ fleet }: Run): Promise<void> {
  for (const one of fleet.of('identity')) {
    if (!(await one.kill())) throw new Error(`${one.name} was not ended by SIGKILL`);
  }
}

async function startIdentity({ fleet }: Run): Promise<void> {
  for (const one of fleet.of('identity')) one.start();
  await Promise.all(fleet.of('identity').map((one) => one.waitUntilReady()));
}

async function countOpenErasures({ database }: Run): Promise<number> {
  const rows = await database.query(`select from identity.erasure where step <> 'done'`, [], 'identity');
  return rows.length;
}

async function lastRules({ database }: Run): Promise<{ state: string; phase: string }> {
  const statement = 'select state, phase from identity.ruleset order by version desc limit 1';
  const [row] = await database.query<{ state: string; phase: string }>(statement, [], 'identity');
  return row ?? { state: '', phase: '' };
}

async function until(what: string, isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error(`it did not come to it that ${what}`);
    await delay(20);
  }
}

async function ask<T>({ fleet }: Run, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${fleet.urlOf('identity')}${path}`, {
    method,
    headers: { authorization: `Bearer ${keys.admin}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}
