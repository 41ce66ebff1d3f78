/** The context of work on a version of the rules that is not in force: its own tables and rules, and nothing is published. */
import type { IdentifierIds } from '../../identifier-id.ts';
import { createRules, type Ruleset } from '../../core/rules.ts';
import { poolWithTableSet } from '../../db/rules/set-of-tables.ts';
import type { IdentityContext } from '../identity-context.ts';

export function createDraftContext(context: IdentityContext, ruleset: Ruleset): IdentityContext {
  const rules = createRules(ruleset, context.ids.normalize);
  const ids: IdentifierIds = { ...context.ids, isBlocked: rules.isBlocked };
  return {
    ...context,
    ids,
    pool: poolWithTableSet(context.pool, 'draft'),
    rules: { current: rules, enter: () => Promise.resolve({ version: ruleset.version, isCaptured: false }) },
    outbox: { write: () => Promise.resolve(), nudge: () => {} },
  };
}
