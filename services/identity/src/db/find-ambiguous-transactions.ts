/** Orders and receipts that two customers used, among some identifiers. */
import type { Trust } from '@throughline/contracts';
import type { Pool } from 'pg';
import { ambiguityOf } from '../core/identifier-state.ts';
import { loadIdentifiers } from './load-identifiers.ts';

export interface AmbiguousTransaction {
  id: string;
  type: string;
  /** The strongest trust at which it has met two identifiers of one person type. */
  trust: Trust;
}

/** At most 20 identifiers: those of one touchpoint. */
export async function findAmbiguousTransactions(
  pool: Pool,
  identifiers: readonly string[],
): Promise<AmbiguousTransaction[]> {
  const client = await pool.connect();
  try {
    const states = await loadIdentifiers(client, identifiers, 'none');
    return states.flatMap((state) => {
      const trust = ambiguityOf(state);
      return trust === null ? [] : [{ id: state.id, type: state.type, trust }];
    });
  } finally {
    client.release();
  }
}
