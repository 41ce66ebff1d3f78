/**
 * Works out a version of the rules beside the live state: all touchpoints, then the decisions, then what both leave to be
 * rechecked, then what came meanwhile, and at last what differs. Page by page, each a transaction that also says how far the
 * work is, so that a restart resumes it. The touchpoints come in any order: what follows from them does not depend on it (law 1).
 */
import type { PoolClient } from 'pg';
import { namesAlike, type Ruleset } from '../../core/rules.ts';
import { findAcceptedTouchpoints } from '../../db/find-accepted-touchpoints.ts';
import { type BacklogItem, clearWork, deleteBacklog, loadBacklog } from '../../db/rules/backlog.ts';
import { findRulesReport, insertRulesChanges } from '../../db/rules/compare-rules.ts';
import {
  copyErased,
  copyNextErased,
  findUnseen,
  loadBlocks,
  readRecord,
} from '../../db/rules/draft-touchpoints.ts';
import {
  loadRules,
  type Phase,
  type Progress,
  saveProgress,
  saveReport,
  markBegun,
  type StoredRuleset,
} from '../../db/rules/rulesets.ts';
import { createDraftTables, withTableSet } from '../../db/rules/set-of-tables.ts';
import {
  findMadeDecision,
  findMadeDecisions,
  type MadeDecision,
} from '../../db/rules/find-made-decisions.ts';
import { deleteDraftDecision, saveDraftDecision } from '../../db/rules/draft-decisions.ts';
import { countRechecks } from '../../db/rechecks.ts';
import { namedAsTouchpoint } from '../../core/nameless-touchpoints.ts';
import { decodeTouchpoint } from '../decode-touchpoint.ts';
import type { IdentityContext } from '../identity-context.ts';
import { createDraftContext } from './draft-context.ts';
import { evaluateErased } from './evaluate-erased.ts';
import { evaluateInput, type EvaluationWork } from './evaluate-input.ts';
import {
  type CalledIdentifier,
  calledBy,
  renamedIds,
  type RenameIds,
  renameSides,
} from './rename-identifiers.ts';
import { renameWithdrawals } from './rename-withdrawals.ts';

/** Of 32 touchpoints at most. */
const blocksPerPage = 8;
const itemsPerPage = 200;
const decisionsPerPage = 10;
const comparedPerPage = 2_000;

export async function openEvaluation(
  context: IdentityContext,
  client: PoolClient,
  ruleset: StoredRuleset,
): Promise<EvaluationWork> {
  const rules: Ruleset = await loadRules(client, ruleset.version);
  const renames = !namesAlike(rules.policy, context.rules.current.policy);
  const draft = createDraftContext(context, rules);
  if (!renames) return { context, draft, client, ruleset, renames };
  const withdrawals = await renameWithdrawals(
    client,
    { ids: context.ids, rules: draft.rules.current },
    rules,
  );
  return { context, draft: createDraftContext(context, { ...rules, withdrawals }), client, ruleset, renames };
}

/** One page. False when there is nothing to do but to wait. */
export async function evaluatePage(work: EvaluationWork): Promise<boolean> {
  const { client, ruleset } = work;
  const next = await pageOf(work);
  if (next === null) return false;
  if (next !== 'reported') await saveProgress(client, ruleset.version, next);
  return true;
}

async function pageOf(work: EvaluationWork): Promise<Progress | 'reported' | null> {
  const { client, ruleset } = work;
  switch (ruleset.phase) {
    case 'prepare':
      await clearWork(client);
      await createDraftTables(client);
      await markBegun(client, ruleset.version);
      return { phase: 'touchpoints', cursor: null };
    case 'touchpoints':
      return await evaluateBlocks(work);
    case 'erased': {
      const last = await copyNextErased(client, ruleset.cursor, comparedPerPage);
      return last === null ? { phase: 'counts', cursor: null } : { phase: 'erased', cursor: last };
    }
    case 'counts':
      return await evaluateErased(work);
    case 'decisions':
      return await evaluateDecisions(work);
    case 'backlog':
      return await evaluateBacklog(work, 'compare');
    case 'compare': {
      const last = await insertRulesChanges(client, ruleset.cursor, {
        limit: comparedPerPage,
        rename: renameBy(work),
      });
      if (last !== null) return { phase: 'compare', cursor: last };
      await saveReport(client, ruleset.version, await findRulesReport(client));
      return 'reported';
    }
    case 'ready':
    case 'memberships':
    case 'moves':
      return await evaluateBacklog(work, null);
  }
}

async function evaluateBlocks(work: EvaluationWork): Promise<Progress> {
  const { client, ruleset } = work;
  const { texts, next } = await loadBlocks(client, ruleset.cursor, blocksPerPage);
  const done = await evaluateRecords(work, texts);
  return { phase: next === null ? 'erased' : 'touchpoints', cursor: next, done };
}

async function evaluateRecords(work: EvaluationWork, texts: readonly string[]): Promise<number> {
  const { draft, client } = work;
  const decoded = texts.map((text) =>
    decodeTouchpoint({ text, accepted: readRecord(text) }, draft.ids, draft.rules.current),
  );
  const unseen = await findUnseen(
    client,
    decoded.map(({ incoming }) => incoming.key),
  );
  // A record may be in two blocks; it is one touchpoint.
  const fresh = new Map(
    decoded.flatMap((one) => (unseen.has(one.incoming.key) ? [[one.incoming.key, one] as const] : [])),
  );
  if (fresh.size > 0) await evaluateInput(work, [...fresh.values()]);
  return fresh.size;
}

function renameBy({ client, draft, renames }: EvaluationWork): RenameIds {
  if (!renames) return () => Promise.resolve(new Map<string, string>());
  return (ids) => renamedIds(client, { ids: draft.ids, rules: draft.rules.current }, ids);
}

/** It names what it named when it was made, by what the version calls that: whether a touchpoint mentions it or not. */
async function decisionByDraft(
  { client, draft, renames }: EvaluationWork,
  { madeSides, sides }: MadeDecision,
): Promise<{ sides: string[][]; named: CalledIdentifier[] }> {
  const naming = { ids: draft.ids, rules: draft.rules.current };
  const called = await calledBy(client, naming, (renames ? madeSides : sides).flat());
  const idOf = new Map([...called].map(([id, other]) => [id, other.id] as const));
  return { sides: renames ? renameSides(madeSides, idOf) : sides, named: [...called.values()] };
}

async function evaluateDecision(work: EvaluationWork, made: MadeDecision): Promise<void> {
  const { sides, named } = await decisionByDraft(work, made);
  const { id, kind, madeAt, withdrawn } = made;
  const decision = { id, kind, madeAt, sides };
  await saveDraftDecision(work.client, { ...decision, withdrawn });
  if (withdrawn) return;
  await evaluateInput(work, [], { touchpoints: [namedAsTouchpoint(named)], decision }, named);
}

/** In any order: each has its time, which is what counts. */
async function evaluateDecisions(work: EvaluationWork): Promise<Progress> {
  const { client, ruleset } = work;
  const decisions = await findMadeDecisions(client, ruleset.cursor, decisionsPerPage);
  for (const decision of decisions) {
    if (!decision.withdrawn || work.renames) await evaluateDecision(work, decision);
  }
  const last = decisions.at(-1);
  return last === undefined ? { phase: 'backlog', cursor: null } : { phase: 'decisions', cursor: last.id };
}

/** @param next where the work goes when nothing has come, and nothing is left to be rechecked; null to wait for more */
async function evaluateBacklog(work: EvaluationWork, next: Phase | null): Promise<Progress | null> {
  const { client, ruleset } = work;
  const items = await loadBacklog(client, itemsPerPage);
  if (items.some(({ kind }) => kind === 'erasure')) return { phase: 'prepare', cursor: null };
  if (items.length > 0) {
    await evaluateItems(work, items);
    return { phase: ruleset.phase, cursor: null };
  }
  if ((await countRechecks(withTableSet(client, 'draft'))) > 0) return null;
  return next === null ? null : { phase: next, cursor: null };
}

export async function evaluateItems(work: EvaluationWork, items: readonly BacklogItem[]): Promise<void> {
  const { client } = work;
  const keys = items.flatMap(({ kind, key }) => (kind === 'touchpoint' ? [key] : []));
  await copyErased(client, keys);
  const records = await findAcceptedTouchpoints(client, [...(await findUnseen(client, keys))]);
  await evaluateRecords(
    work,
    [...records.values()].map((accepted) => JSON.stringify(accepted)),
  );
  for (const { kind, key } of items) {
    if (kind === 'touchpoint' || kind === 'erasure') continue;
    const decision = await findMadeDecision(client, key);
    if (decision === null) continue;
    if (decision.withdrawn) {
      const { sides } = await decisionByDraft(work, decision);
      await deleteDraftDecision(client, decision.id);
      await evaluateInput(work, [], { revisit: sides.flat(), withdrawn: decision.id });
    }
    if (!decision.withdrawn || work.renames) await evaluateDecision(work, decision);
  }
  await deleteBacklog(client, items);
}
