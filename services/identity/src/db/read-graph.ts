/** Answers a resolution that will not be written: without locks, so run it in a snapshot. */
import { sendInOrder } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { Load, LoadAnswer, Loading } from '../core/loads.ts';
import { loadDecisionsNaming } from './load-decisions.ts';
import { loadChildren, loadIdentifiers, loadNamedBySplits } from './load-identifiers.ts';
import { loadInferredOfAttached } from './load-inferred-links.ts';
import { loadLinksByPair, loadLinksOfAttached } from './load-links.ts';
import { loadPersons } from './load-persons.ts';

export async function readGraph<T>(client: PoolClient, resolving: Loading<T>): Promise<T> {
  let step = resolving.next();
  while (!step.done) step = resolving.next(await answer(client, step.value));
  return step.value;
}

async function answer(client: PoolClient, load: Load): Promise<LoadAnswer> {
  const empty: LoadAnswer = { identifiers: [], links: [], inferred: [], decisions: [] };
  switch (load.kind) {
    case 'identifiers':
      return { ...empty, identifiers: await loadIdentifiers(client, load.ids, 'none') };
    case 'links':
      return { ...empty, links: await loadLinksByPair(client, load.pairs) };
    case 'attached': {
      const [links, inferred, decisions] = await sendInOrder(client, [
        () => loadLinksOfAttached(client, load.ids),
        () => loadInferredOfAttached(client, load.ids),
        () => loadDecisionsNaming(client, load.ids),
      ]);
      return { ...empty, links, inferred, decisions };
    }
    case 'persons':
      return await loadPersons(client, load);
    case 'children':
      return {
        ...empty,
        identifiers: await loadChildren(client, load.ids, { limit: load.most, lock: 'none' }),
      };
    case 'namedBySplits':
      return { ...empty, identifiers: await loadNamedBySplits(client, load.ids, 'none') };
  }
}
