/** The context of work on a version of the rules that is not in force: its own tables and rules, and nothing is published. */
import { idsUnder } from '../../identifier-id.ts';
import { createRules, type Ruleset } from '../../core/rules.ts';
import { poolWithTableSet } from '../../db/rules/set-of-tables.ts';
import type { IdentityContext } from '../identity-context.ts';

export function createDraftContext(context: IdentityContext, ruleset: Ruleset): IdentityContext {
  const rules = createRules(ruleset);
  return {
    ...context,
    ids: idsUnder(context.ids, rules),
    pool: poolWithTableSet(context.pool, 'draft'),
    rules: {
      ...context.rules,
      current: rules,
      enter: () => Promise.resolve({ version: ruleset.version, isCaptured: false }),
    },
    outbox: { write: () => Promise.resolve(), nudge: () => {} },
  };
}
