/** Works on the version of the rules that is in work, one page after the other, beside everything else. */
import { retryTransaction } from '@throughline/postgres';
import type { Logger } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import type { PoolClient } from 'pg';
import { loadRules, type StoredRuleset, takeRulesetInWork } from '../../db/rules/rulesets.ts';
import { idleRestMs } from '../idle-rest.ts';
import type { IdentityContext } from '../identity-context.ts';
import { workOffRecheck } from '../work-off-rechecks.ts';
import { createDraftContext } from './draft-context.ts';
import { evaluatePage, openEvaluation } from './evaluate-rules.ts';
import { publishPage, switchRules } from './switch-rules.ts';

/** Of the version in work, after each page. */
const recheckPages = 20;

/** A new version wakes it. */
export function startRulesLoop(context: IdentityContext, logger: Logger): WorkLoop {
  return startWorkLoop(async () => {
    try {
      return (await workOnRules(context)) ? 0 : idleRestMs;
    } catch (error) {
      logger.warn(
        { event: 'rules.failed', err: error },
        'a page of the rules in work failed; it is retried after a while',
      );
      return idleRestMs;
    }
  });
}

/** One page. False when there is nothing to do. */
export async function workOnRules(context: IdentityContext): Promise<boolean> {
  const worked = await retryTransaction(context.pool, async (client) => {
    const ruleset = await takeRulesetInWork(client);
    if (ruleset === null) {
      // Another process may have put rules in force; this one answers questions by them, too.
      await context.rules.enter(client);
      return null;
    }
    return { ruleset, page: await workOnPage(context, client, ruleset) };
  });
  if (worked === null) return false;
  context.outbox.nudge();
  // Once it is in force it has no tables of its own any more.
  if (worked.ruleset.state === 'publishing' || worked.page === 'switched') return worked.page !== 'none';
  return (await workOffDraft(context, worked.ruleset)) || worked.page !== 'none';
}

type WorkedPage = 'none' | 'done' | 'switched';

async function workOnPage(
  context: IdentityContext,
  client: PoolClient,
  ruleset: StoredRuleset,
): Promise<WorkedPage> {
  if (ruleset.state === 'publishing') {
    await context.rules.enter(client);
    await publishPage(await openEvaluation(context, client, ruleset));
    return 'done';
  }
  const work = await openEvaluation(context, client, ruleset);
  if (ruleset.phase === 'ready' && ruleset.activate && (await switchRules(work))) return 'switched';
  return (await evaluatePage(work)) ? 'done' : 'none';
}

/** What its changes have left to be rechecked. */
async function workOffDraft(context: IdentityContext, ruleset: StoredRuleset): Promise<boolean> {
  if (ruleset.phase === 'prepare') return false;
  const draft = createDraftContext(context, await loadRules(context.pool, ruleset.version));
  for (let page = 0; page < recheckPages; page += 1) {
    if (!(await workOffRecheck(draft))) return page > 0;
  }
  return true;
}
