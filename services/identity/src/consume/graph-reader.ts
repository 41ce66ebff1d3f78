/** Answers the resolver's loads from Postgres, under locks, within one transaction. */
import { allOrCause, RetryTransaction, sendTogether } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { IdentifierState } from '../core/identifier-state.ts';
import type { Load, LoadAnswer, Loading } from '../core/loads.ts';
import { loadDecisionsNaming } from '../db/load-decisions.ts';
import { loadChildren, loadIdentifiers, loadNamedBySplits, type LockMode } from '../db/load-identifiers.ts';
import { loadInferredOfAttached } from '../db/load-inferred-links.ts';
import { loadLinksByPair, loadLinksOfAttached } from '../db/load-links.ts';
import { loadPersons } from '../db/load-persons.ts';

/**
 * The identifiers that a piece of work was found to need, kept across its attempts: the second attempt locks them all at
 * once, in id order, and so cannot meet another one in the wrong order again.
 */
export type LockSet = Set<string>;

/** A batch whose touchpoints concern more of the graph than one transaction may read: it runs in parts. */
export class BatchTooLarge extends Error {
  constructor(rows: number) {
    super(`the batch concerns more than ${rows} identifiers and links`);
    this.name = 'BatchTooLarge';
  }
}

export class GraphReader {
  private readonly client: PoolClient;
  private readonly locks: LockSet;
  private rows = 0;
  private readonly held = new Map<string, IdentifierState>();
  /** Locked, or known not to exist: one that another transaction has made since fails the insertion. */
  private readonly asked = new Set<string>();
  private hasLocked = false;

  constructor(client: PoolClient, locks: LockSet) {
    this.client = client;
    this.locks = locks;
  }

  /**
   * @param maxRows identifiers and links that may be read; without a limit for work that cannot be divided
   * @throws BatchTooLarge
   */
  async run<T>(resolving: Loading<T>, maxRows = Number.POSITIVE_INFINITY): Promise<T> {
    let step = resolving.next();
    while (!step.done) {
      const answer = await this.answer(step.value);
      this.rows += answer.identifiers.length + answer.links.length + answer.inferred.length;
      if (this.rows > maxRows) throw new BatchTooLarge(maxRows);
      step = resolving.next(answer);
    }
    return step.value;
  }

  /** Takes the first locks before anything is read that they protect. */
  async lock(ids: readonly string[]): Promise<void> {
    await this.identifiers(ids);
  }

  private async answer(load: Load): Promise<LoadAnswer> {
    const answer: LoadAnswer = { identifiers: [], links: [], inferred: [], decisions: [] };
    switch (load.kind) {
      case 'identifiers':
        answer.identifiers = await this.identifiers(load.ids);
        break;
      case 'children':
        answer.identifiers = await this.lockNoWait(
          () => loadChildren(this.client, load.ids, { limit: load.most, lock: 'nowait' }),
          load.ids,
        );
        for (const { id } of answer.identifiers) this.locks.add(id);
        break;
      case 'namedBySplits':
        answer.identifiers = await this.lockNoWait(
          () => loadNamedBySplits(this.client, load.ids, 'nowait'),
          load.ids,
        );
        for (const { id } of answer.identifiers) this.locks.add(id);
        break;
      case 'links':
        answer.links = await loadLinksByPair(this.client, load.pairs);
        break;
      case 'attached':
        [answer.links, answer.inferred, answer.decisions] = await sendTogether(this.client, () =>
          allOrCause([
            loadLinksOfAttached(this.client, load.ids),
            loadInferredOfAttached(this.client, load.ids),
            loadDecisionsNaming(this.client, load.ids),
          ]),
        );
        break;
      case 'persons':
        return await loadPersons(this.client, load);
    }
    return answer;
  }

  private async identifiers(ids: readonly string[]): Promise<IdentifierState[]> {
    const isFirst = !this.hasLocked;
    const wanted = isFirst ? [...new Set([...ids, ...this.locks])] : ids.filter((id) => !this.asked.has(id));
    for (const id of ids) this.locks.add(id);
    if (wanted.length > 0) {
      const mode: LockMode = isFirst ? 'wait' : 'nowait';
      this.hasLocked = true;
      const load = () => loadIdentifiers(this.client, wanted, mode);
      const states = isFirst ? await load() : await this.lockNoWait(load, wanted);
      for (const state of states) this.held.set(state.id, state);
      for (const id of wanted) this.asked.add(id);
    }
    return ids.flatMap((id) => this.held.get(id) ?? []);
  }

  private async lockNoWait<T>(load: () => Promise<T>, ids: readonly string[]): Promise<T> {
    try {
      return await load();
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03') throw error;
      for (const id of ids) this.locks.add(id);
      throw new RetryTransaction('another batch holds an identifier that this one needs out of order', {
        cause: error,
      });
    }
  }
}
