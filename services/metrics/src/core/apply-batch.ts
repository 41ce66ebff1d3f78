/**
 * The heart of the service: memberships first, then facts, then what transactions count, each step's difference booked
 * under its cause. Pure: it reads what was loaded under lock, and returns what changed and what it needs besides; with that
 * loaded, it is asked again.
 */
import type { ApplyContext } from './apply-context.ts';
import { applyFactEffects, requestDays } from './apply-facts.ts';
import { applyMemberships } from './apply-memberships.ts';
import { applyStatements } from './apply-statements.ts';
import type { BatchInput, LoadedState } from './batch-input.ts';
import { DeltaSums } from './delta.ts';
import { decideTransactions } from './decide-transactions.ts';
import type { IdentifierState } from './loaded-identifiers.ts';
import type { MembershipUpdate } from './memberships.ts';
import { SalesDays, type SalesRow } from './sales-days.ts';
import { separateIdentifiers } from './separate-identifiers.ts';
import { ShareChanges, type ShareChange } from './share-changes.ts';
import { hasLongHistory } from './split-batch.ts';
import type { CountedRecord } from './transaction.ts';
import { WorkingHistory, type CountRow, type HistoryNeeds } from './working-history.ts';

export interface AppliedChanges {
  sums: DeltaSums;
  shares: ShareChange[];
  /** Those that were newer than what was known. */
  memberships: readonly MembershipUpdate[];
  identifiers: IdentifierState[];
  counts: CountRow[];
  sales: SalesRow[];
  moved: ReadonlyMap<string, string>;
  /** Profiles whose place in their journey may have changed. */
  touched: ReadonlySet<string>;
  counted: { added: CountedRecord[]; removed: CountedRecord[] };
  /** Root -> ambiguous transactions with a record under it, of every transaction that was decided. */
  ambiguous: ReadonlyMap<string, readonly string[]>;
}

export type AppliedBatch = { needs: HistoryNeeds } | { needs: null; changes: AppliedChanges };

export function applyBatch(
  { catalog, updates, changes, facts, closedThrough }: BatchInput,
  loaded: LoadedState,
): AppliedBatch {
  const identifiers = loaded.identifiers.clone();
  const history = new WorkingHistory(
    loaded.history,
    loaded.identifiers,
    separateIdentifiers(updates, changes, loaded.identifiers),
  );
  const activities = catalog.settings.activities.map(({ id }) => id);
  const sums = new DeltaSums();
  const shares = new ShareChanges(catalog.explained, closedThrough);
  const sales = new SalesDays();
  const moved = new Map<string, string>();
  const touched = new Set<string>();
  const context: ApplyContext = {
    catalog,
    activities,
    identifiers,
    history,
    statements: loaded.statements,
    sums,
    shares,
    sales,
    moved,
    touched,
  };

  if (!loaded.history.hasPieces() && hasLongHistory(loaded)) {
    const expected = decideTransactions(context, loaded.transactions, facts.transactions, []);
    requestDays(context, [...facts.effects, ...expected.effects]);
    const first = history.needs();
    if (first.days.length > 0) return { needs: first };
  }
  applyStatements(context, updates, facts.stated);
  const memberships = applyMemberships(context, updates);
  applyFactEffects(context, facts.effects);
  const decided = decideTransactions(context, loaded.transactions, facts.transactions, memberships);
  applyFactEffects(context, decided.effects);

  const needs = history.needs();
  if (needs.days.length > 0 || needs.remaining.length > 0) return { needs };
  return {
    needs: null,
    changes: {
      sums,
      shares: shares.rows(),
      memberships,
      identifiers: [...identifiers.changed],
      counts: history.changedCounts(),
      sales: sales.rows(),
      moved,
      touched,
      counted: decided.counted,
      ambiguous: decided.ambiguous,
    },
  };
}
