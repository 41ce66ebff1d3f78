/**
 * What other memberships would change about the figures: decided by the code that applies them, in a transaction that takes
 * everything back. It locks the identifiers concerned for as long as it computes, as the change itself would.
 */
import { retryTransaction } from '@throughline/postgres';
import type { WhatIfQuestion } from '@throughline/contracts';
import type { Pool } from 'pg';
import type { Delta } from '../core/delta.ts';
import { decideFactEffects } from '../core/fact-effects.ts';
import { newestMemberships } from '../core/memberships.ts';
import type { ReportingCalendar } from '../core/calendar.ts';
import type { SeriesCatalog } from '../core/series.ts';
import { applyLoaded } from './apply-records.ts';
import { loadState } from './load-state.ts';

const attempts = 3;

export interface WhatIfFigures {
  pool: Pool;
  generation: number;
  catalog: SeriesCatalog;
  calendar: ReportingCalendar;
}

/** The differences, by series of the catalog and day. */
export async function computeWhatIf(
  { pool, generation, catalog, calendar }: WhatIfFigures,
  { cause, memberships }: WhatIfQuestion,
): Promise<Delta[]> {
  const record = { kind: 'membership.changed' as const, cause, reason: 'what if', memberships };
  const input = {
    catalog,
    updates: newestMemberships([record]),
    changes: [],
    facts: decideFactEffects(calendar, []),
    closedThrough: Number.NEGATIVE_INFINITY,
  };
  const remembered = new Set<string>();
  return await retryTransaction(
    pool,
    async (client) => {
      await client.query('savepoint what_if');
      const loaded = await loadState(
        client,
        { generation, placing: { catalog, calendar } },
        input,
        remembered,
      );
      const { sums } = await applyLoaded(client, generation, input, loaded);
      await client.query('rollback to savepoint what_if');
      return sums.toDeltas();
    },
    { attempts },
  );
}
