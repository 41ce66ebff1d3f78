/** The memberships that a version in work would change, as they would be published: what metrics is asked about. */
import { maxWhatIfMemberships, type Membership } from '@throughline/contracts';
import type { Pool } from 'pg';
import { membershipOfState } from '../../core/publication.ts';
import { createRules } from '../../core/rules.ts';
import { loadIdentifiers } from '../../db/load-identifiers.ts';
import { inSnapshot } from '../../db/in-snapshot.ts';
import { findChangedIdentifiers } from '../../db/rules/compare-rules.ts';
import { findRuleset, loadRules } from '../../db/rules/rulesets.ts';
import { withTableSet } from '../../db/rules/set-of-tables.ts';

/** Null for more than metrics is asked about. */
export async function findChangedMemberships(pool: Pool, version: number): Promise<Membership[] | null> {
  return await inSnapshot(pool, async (client) => {
    if ((await findRuleset(client, version))?.state !== 'evaluated') return [];
    const changed = await findChangedIdentifiers(client, maxWhatIfMemberships + 1);
    if (changed.length > maxWhatIfMemberships) return null;
    const { limits } = createRules(await loadRules(client, version));
    const ids = changed.map(({ identifier }) => identifier);
    const live = new Map((await loadIdentifiers(client, ids, 'none')).map((state) => [state.id, state]));
    const drafted = await loadIdentifiers(withTableSet(client, 'draft'), ids, 'none');
    const calledOf = new Map(changed.map(({ identifier, live: called }) => [identifier, called]));
    const memberships = drafted.flatMap((state) => {
      const highest = Math.max(state.version, live.get(state.id)?.version ?? 0);
      const membership = membershipOfState({ ...state, version: highest + 1 }, limits);
      const called = calledOf.get(state.id) ?? state.id;
      // Metrics has its touchpoints under what it is called now.
      return called === state.id ? [membership] : [membership, { ...membership, identifier: called }];
    });
    return memberships.length > maxWhatIfMemberships ? null : memberships;
  });
}
