/** What comes after the last evaluation of a version of the rules, and before the lock under which the version is put in force. */
import type { Identifier } from '@throughline/contracts';
import { inTransaction } from '@throughline/postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beginErasure } from '../../src/consume/begin-erasure.ts';
import { makeDecision, withdrawDecision } from '../../src/consume/decide.ts';
import { activateRuleset, makePolicy } from '../../src/consume/rules/make-ruleset.ts';
import { workOnRules } from '../../src/consume/rules/rules-loop.ts';
import { workOffErasure } from '../../src/consume/work-off-erasures.ts';
import { policySchema } from '../../src/core/policy.ts';
import { findRuleset } from '../../src/db/rules/rulesets.ts';
import { consumeIn } from './consume-in.ts';
import { touchpoint, user } from './http-harness.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';

const by = { key: 'test', author: null };
const phone = (value: number): Identifier => ({ type: 'phone', value: `+49305551${value}` });

let service: IdentityHarness;
let decision: string;
/** The version that is evaluated. */
let version: number;

/** Nothing works but what a test asks for. */
beforeEach(async () => {
  service = await startHarness({ partitions: 1 });
  const { context } = service.identity;
  await service.identity.stop();
  await consume(['ann', 'bob', 'eve', 'joe', 'sue'].map((one) => touchpoint([user(one)])));
  decision = await merge('bob', 'eve');
  const policy = policySchema.parse({ sharedDegree: 4 });
  version = await makePolicy(context, policy, { note: '', by, activate: false });
  while (await workOnRules(context));
  expect(await stateOfVersion()).toBe('evaluated');
});
afterEach(() => service.close());

async function consume(touchpoints: readonly ReturnType<typeof touchpoint>[]): Promise<void> {
  await inTransaction(service.identity.context.pool, (client) => consumeIn(client, service, touchpoints));
}

const idOf = ({ type, value }: Identifier): string => service.ids.identifierId(type, value);

async function merge(...names: string[]): Promise<string> {
  const sides = [names.map((name) => idOf(user(name)))];
  return (await makeDecision(service.identity.context, { kind: 'merge', sides, note: '', by })).id;
}

const stateOfVersion = async () => (await findRuleset(service.pool, version))?.state;

/** Null where no identifier is in force that has it. */
async function profileOf(identifier: Identifier): Promise<string | null> {
  const { rows } = await service.pool.query<{ profile: string }>(
    `select root.profile from identity.identifier i join identity.identifier root on root.id = i.root
     where i.id = $1 and i.first_seen_at is not null`,
    [idOf(identifier)],
  );
  return rows[0]?.profile ?? null;
}

async function workToTheEnd(): Promise<void> {
  while (await workOnRules(service.identity.context));
}

async function storedTouchpoints(): Promise<number> {
  const { rows } = await service.pool.query<{ count: number }>(
    'select count(*)::integer as count from identity.touchpoint where identifiers is not null',
  );
  return rows[0]?.count ?? 0;
}

test('a touchpoint, a decision and a withdrawal of one are all in what is put in force', async () => {
  const { context } = service.identity;
  await consume([touchpoint([user('ann'), phone(1)])]);
  await merge('ann', 'joe');
  await withdrawDecision(context, decision, by);

  await activateRuleset(context, version);
  await workToTheEnd();
  expect(await stateOfVersion()).toBe('in_force');
  expect(await storedTouchpoints()).toBe(6);
  const ann = await profileOf(user('ann'));
  expect(ann).not.toBeNull();
  expect([await profileOf(phone(1)), await profileOf(user('joe'))]).toEqual([ann, ann]);
  expect(await profileOf(user('eve'))).not.toBe(await profileOf(user('bob')));
});

test('more touchpoints than the lock may be held for are worked out before it is taken', async () => {
  const { context } = service.identity;
  await consume(Array.from({ length: 201 }, (_, n) => touchpoint([user('ann'), phone(n)])));
  await activateRuleset(context, version);
  expect(await workOnRules(context)).toBe(true);
  expect(await stateOfVersion()).toBe('evaluated');
  await workToTheEnd();
  expect(await stateOfVersion()).toBe('in_force');
  expect(await storedTouchpoints()).toBe(206);
});

test('an erasure delays the version until all is erased, and what it erases is not in what is put in force', async () => {
  const { context } = service.identity;
  const profile = idOf(user('sue'));
  await beginErasure(context, { profile, suppresses: false, includesPublic: true, by });
  await activateRuleset(context, version);
  await workToTheEnd();
  expect(await stateOfVersion()).not.toBe('in_force');

  while (
    await workOffErasure(context, () => Promise.resolve({ rejections: [], deadLetters: 0, next: null }))
  );
  await workToTheEnd();
  expect(await stateOfVersion()).toBe('in_force');
  expect(await storedTouchpoints()).toBe(4);
  expect(await profileOf(user('sue'))).toBeNull();
  expect(await profileOf(user('eve'))).toBe(await profileOf(user('bob')));
});
