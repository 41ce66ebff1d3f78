/** What the steps of a batch share: where they read, and where they write. */
import type { DeltaSums } from './delta.ts';
import type { GroupStatements } from './group-values.ts';
import type { LoadedIdentifiers } from './loaded-identifiers.ts';
import type { SalesDays } from './sales-days.ts';
import type { SeriesCatalog } from './series.ts';
import type { ShareChanges } from './share-changes.ts';
import type { WorkingHistory } from './working-history.ts';

export interface ApplyContext {
  catalog: SeriesCatalog;
  activities: readonly number[];
  identifiers: LoadedIdentifiers;
  history: WorkingHistory;
  /** Null where figures are not grouped. */
  statements: GroupStatements | null;
  sums: DeltaSums;
  shares: ShareChanges;
  sales: SalesDays;
  /** Identifier -> its root from now on. */
  moved: Map<string, string>;
  /** Identified profiles, before or after, about which something is counted otherwise. */
  touched: Set<string>;
}
