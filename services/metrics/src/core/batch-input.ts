/** What a batch brings, and what was loaded for it under lock. */
import type { LoadedTransactions } from './decide-transactions.ts';
import type { FactChange, FactDecision } from './fact-effects.ts';
import type { GroupStatements } from './group-values.ts';
import type { LoadedHistory } from './loaded-history.ts';
import type { LoadedIdentifiers } from './loaded-identifiers.ts';
import type { MembershipUpdate } from './memberships.ts';
import type { SeriesCatalog } from './series.ts';

export interface BatchInput {
  catalog: SeriesCatalog;
  updates: readonly MembershipUpdate[];
  changes: readonly FactChange[];
  facts: FactDecision;
  /** The last day that may be closed when the batch is written: of days up to it, the shares of profiles are kept. */
  closedThrough: number;
}

export interface LoadedState {
  identifiers: LoadedIdentifiers;
  history: LoadedHistory;
  transactions: LoadedTransactions;
  /** Null where figures are not grouped. */
  statements: GroupStatements | null;
}
