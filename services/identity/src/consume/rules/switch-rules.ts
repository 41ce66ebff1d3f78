/**
 * Puts an evaluated version in force. The switch itself is short: under the lock that every resolving transaction shares, the rest
 * of what came meanwhile is worked out and the tables change their names. Touchpoints before it were resolved by the former
 * version and are in both sets of tables; those after it find the new one. What differs is then published page by page, each
 * membership as it is by then, with a version above all that were published of it: so the stream of touchpoints that changes the same
 * identifiers meanwhile may come before or after.
 */
import type { MembershipCause } from '@throughline/contracts';
import { isPersonType } from '@throughline/contracts';
import { type Rules, createRules } from '../../core/rules.ts';
import { membershipOfState, nextVersion } from '../../core/publication.ts';
import { type SwitchedIdentifier, switchIdentifier } from '../../core/rules-switch.ts';
import type { IdentifierState } from '../../core/identifier-state.ts';
import type { ChangeKind } from '../../core/membership-changes.ts';
import { readAccepted } from '../../db/find-accepted-touchpoints.ts';
import { insertMembershipChanges } from '../../db/insert-membership-changes.ts';
import { insertChangedMembers } from '../../db/changed-members.ts';
import { loadIdentifiers } from '../../db/load-identifiers.ts';
import { reassignTouchpoints } from '../../db/reassign-touchpoints.ts';
import { clearWork, countBacklog, loadBacklog } from '../../db/rules/backlog.ts';
import {
  findForgotten,
  findMovedTouchpoints,
  findSwitchedIds,
  insertForgotten,
  type MovedTouchpoint,
  saveRenamed,
  saveSwitched,
} from '../../db/rules/publish-rules.ts';
import { lockRules } from '../../db/rules/rules-in-force.ts';
import { loadRules, markInForce, markState, type Progress, saveProgress } from '../../db/rules/rulesets.ts';
import { dropTables, switchTables, withTableSet } from '../../db/rules/set-of-tables.ts';
import { renameDecisions } from '../../db/rules/draft-decisions.ts';
import { findAllWithdrawals, saveLinkNames } from '../../db/rules/withdrawals.ts';
import { countJudging } from '../../db/erasure-jobs.ts';
import { clockMicroseconds } from '../clock.ts';
import { membershipRecord, touchpointRecord } from '../resolved-record.ts';
import type { EvaluationWork } from './evaluate-input.ts';
import { evaluateItems } from './evaluate-rules.ts';
import { renamedIds } from './rename-identifiers.ts';
import { renameWithdrawals } from './rename-withdrawals.ts';

/** What a switch works out under the lock. More is worked out before, without it. */
const mostUnderLock = 200;
const identifiersPerPage = 500;
const touchpointsPerPage = 2_000;
const membershipsPerRecord = 200;

/** How long the switch waits for batches and readers before it gives way to them: what comes meanwhile waits behind it. */
const lockTimeout = '500ms';

/** Changes of rules have an outbox shard of their own. */
export const rulesShard = 'rules';

/** False when too much has come to do it at once. */
export async function switchRules(work: EvaluationWork): Promise<boolean> {
  const { client, ruleset } = work;
  if ((await countBacklog(client)) > mostUnderLock) return false;
  await client.query(`set local lock_timeout = '${lockTimeout}'`);
  await lockRules(client);
  const items = await loadBacklog(client, mostUnderLock + 1);
  if (items.length > mostUnderLock || items.some(({ kind }) => kind === 'erasure')) return false;
  if ((await countJudging(client)) > 0) return false;
  await evaluateItems(work, items);
  if (work.renames) await renameWhatOperatorsNamed(work);
  await switchTables(client);
  await markInForce(client, ruleset.version);
  return true;
}

/** Decisions and withdrawals of links. */
async function renameWhatOperatorsNamed({ client, draft }: EvaluationWork): Promise<void> {
  await renameDecisions(client);
  const naming = { ids: draft.ids, rules: draft.rules.current };
  const all = await findAllWithdrawals(client);
  await saveLinkNames(client, await renameWithdrawals(client, naming, { withdrawals: all }));
}

/** One page of what differs. */
export async function publishPage(work: EvaluationWork): Promise<void> {
  const { client, ruleset } = work;
  const former = await formerRules(work);
  const next =
    ruleset.phase === 'memberships' ? await publishMemberships(work, former) : await publishMoves(work);
  if (next !== null) {
    await saveProgress(client, ruleset.version, next);
    return;
  }
  await dropTables(client, 'former');
  await clearWork(client);
  await markState(client, ruleset.version, 'in_force');
}

async function formerRules({ client, ruleset }: EvaluationWork): Promise<Rules> {
  return createRules(await loadRules(client, ruleset.replaces ?? 1));
}

async function publishMemberships(work: EvaluationWork, formerRulesOf: Rules): Promise<Progress> {
  const { context, client, ruleset } = work;
  const ids = await findSwitchedIds(client, ruleset.cursor, identifiersPerPage);
  await insertForgotten(client, ids);
  await renameForgotten(work, ids);
  const current = await loadIdentifiers(client, ids, 'wait');
  const former = new Map(
    (await loadIdentifiers(withTableSet(client, 'former'), ids, 'none')).map((state) => [state.id, state]),
  );
  const limits = { former: formerRulesOf.limits, current: context.rules.current.limits };
  const switched = current.map((state) =>
    switchIdentifier({
      former: former.get(state.id) ?? null,
      current: state,
      limits,
      clock: clockMicroseconds(),
    }),
  );
  await saveSwitched(
    client,
    switched.map(({ state }) => state),
  );
  const cause = causeOf(ruleset.kind);
  await insertMembershipChanges(client, { cause, changes: switched.flatMap(changeOf) }, null);
  await insertChangedMembers(client, changedMembers(switched, former));
  const memberships = switched.flatMap(({ membership }) => membership ?? []);
  const records = [];
  for (let start = 0; start < memberships.length; start += membershipsPerRecord) {
    const page = memberships.slice(start, start + membershipsPerRecord);
    records.push(membershipRecord(streamOf(context), page, cause, `rules ${ruleset.version}`));
  }
  await context.outbox.write(client, rulesShard, records);
  const last = ids.length < identifiersPerPage ? null : (ids.at(-1) ?? null);
  return last === null ? { phase: 'moves', cursor: null } : { phase: 'memberships', cursor: last };
}

/** So that an id which was kept elsewhere still leads to the profile. */
async function renameForgotten({ client, draft }: EvaluationWork, ids: readonly string[]): Promise<void> {
  const forgotten = await findForgotten(client, ids);
  await saveRenamed(
    client,
    await renamedIds(client, { ids: draft.ids, rules: draft.rules.current }, forgotten),
  );
}

/** For the change feed: those that differ, and what held them. */
function changedMembers(
  switched: readonly SwitchedIdentifier[],
  former: ReadonlyMap<string, IdentifierState>,
): string[] {
  const changed = new Set<string>();
  for (const { state, membership, change } of switched) {
    if (membership === null && change === null) continue;
    const before = former.get(state.id);
    changed.add(state.id);
    if (before !== undefined) changed.add(before.root).add(before.profile);
  }
  return [...changed].toSorted();
}

function changeOf({ state, change }: SwitchedIdentifier) {
  if (change === null) return [];
  const { id: identifier, version, type } = state;
  return [{ identifier, version, touchpoint: null, kind: kindOf(type, identifier, change), ...change }];
}

function kindOf(
  type: SwitchedIdentifier['state']['type'],
  id: string,
  { former, holder }: { former: string; holder: string },
): ChangeKind {
  const [left, came] = isPersonType(type)
    ? (['parted', 'joined'] as const)
    : (['detached', 'attached'] as const);
  if (holder === id) return left;
  return former === id ? came : 'moved';
}

/** Touchpoints that belong to another identifier now. Null at the end. */
async function publishMoves({ context, client, ruleset }: EvaluationWork): Promise<Progress | null> {
  const { moved, next } = await findMovedTouchpoints(client, ruleset.cursor, touchpointsPerPage);
  if (moved.length > 0) await publishMoved({ context, client, ruleset }, moved);
  return next === null ? null : { phase: 'moves', cursor: next };
}

async function publishMoved(
  { context, client, ruleset }: Pick<EvaluationWork, 'context' | 'client' | 'ruleset'>,
  moved: readonly MovedTouchpoint[],
): Promise<void> {
  const primaries = await loadIdentifiers(client, [...new Set(moved.map(({ primary }) => primary))], 'wait');
  const roots = await loadIdentifiers(client, [...new Set(primaries.map(({ root }) => root))], 'none');
  const states = new Map([...roots, ...primaries].map((state) => [state.id, state]));
  const { limits } = context.rules.current;
  const assigned = moved.map((one) => ({
    ...one,
    assignmentVersion: nextVersion(Math.max(one.assignmentVersion, one.formerVersion), clockMicroseconds()),
  }));
  await reassignTouchpoints(client, assigned);
  const read = await readAccepted(client, assigned);
  const records = read.map(({ row, accepted }) => {
    const primary = states.get(row.primary);
    const root = primary === undefined ? undefined : states.get(primary.root);
    const held = [primary, root].filter((state) => state !== undefined);
    const memberships = [...new Set(held)].map((state) => membershipOfState(state, limits));
    const assignment = { ...row, previous: row.formerPrimary, memberships };
    return touchpointRecord(context, streamOf(context), accepted, assignment, causeOf(ruleset.kind));
  });
  await context.outbox.write(client, rulesShard, records);
}

function causeOf(kind: EvaluationWork['ruleset']['kind']): MembershipCause {
  return kind === 'withdrawal' ? 'withdrawal' : 'policy';
}

function streamOf({ resolvedPartitions }: EvaluationWork['context']) {
  return { shard: rulesShard, partitions: resolvedPartitions, traffic: 'bulk' as const };
}
