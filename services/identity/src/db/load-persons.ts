/** All that a search for a component asks of person identifiers at once, read ahead along long chains. */
import { allOrCause, sendTogether } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { Load, LoadAnswer } from '../core/loads.ts';
import { loadDecisionsNaming } from './load-decisions.ts';
import { loadInferredOfPersons } from './load-inferred-links.ts';
import { findReachablePersons, loadLinksOfPersons } from './load-links.ts';

export async function loadPersons(
  client: PoolClient,
  { ids, stage, ahead: most }: Extract<Load, { kind: 'persons' }>,
): Promise<LoadAnswer> {
  const ahead = most === 0 ? [] : await findReachablePersons(client, ids, { stage, most });
  const all = [...ids, ...ahead];
  const [links, inferred, decisions] = await sendTogether(client, () =>
    allOrCause([
      loadLinksOfPersons(client, all, stage),
      loadInferredOfPersons(client, all, stage),
      loadDecisionsNaming(client, all),
    ]),
  );
  return { identifiers: [], links, inferred, decisions, ahead };
}
