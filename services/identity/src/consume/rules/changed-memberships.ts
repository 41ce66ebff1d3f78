/** The memberships that a version in work would change, as they would be published: what metrics is asked about. */
import { maxWhatIfMemberships, type Membership } from '@throughline/contracts';
import type { Pool } from 'pg';
import type { NormalizeValue } from '../../core/normalization.ts';
import { membershipOfState } from '../../core/publication.ts';
import { createRules } from '../../core/rules.ts';
import { loadIdentifiers } from '../../db/load-identifiers.ts';
import { inSnapshot } from '../../db/read-graph.ts';
import { findChangedIdentifiers } from '../../db/rules/compare-rules.ts';
import { findRuleset, loadRules } from '../../db/rules/rulesets.ts';
import { withTableSet } from '../../db/rules/set-of-tables.ts';

/** Null for more than metrics is asked about. */
export async function findChangedMemberships(
  pool: Pool,
  normalize: NormalizeValue,
  version: number,
): Promise<Membership[] | null> {
  return await inSnapshot(pool, async (client) => {
    if ((await findRuleset(client, version))?.state !== 'evaluated') return [];
    const ids = await findChangedIdentifiers(client, maxWhatIfMemberships + 1);
    if (ids.length > maxWhatIfMemberships) return null;
    const { limits } = createRules(await loadRules(client, version), normalize);
    const live = new Map((await loadIdentifiers(client, ids, 'none')).map((state) => [state.id, state]));
    const drafted = await loadIdentifiers(withTableSet(client, 'draft'), ids, 'none');
    return drafted.map((state) => {
      const highest = Math.max(state.version, live.get(state.id)?.version ?? 0);
      return membershipOfState({ ...state, version: highest + 1 }, limits);
    });
  });
}
