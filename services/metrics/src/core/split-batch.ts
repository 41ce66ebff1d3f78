/**
 * Parts of a batch that share no profile and no transaction. A history that was not loaded as a whole makes the core ask for
 * days of it and begin again: then only what is connected with it is applied again, not the thousand touchpoints beside it.
 */
import type { BatchInput, LoadedState } from './batch-input.ts';
import { LoadedIdentifiers } from './loaded-identifiers.ts';

export interface BatchPart {
  input: BatchInput;
  loaded: LoadedState;
}

/** Whether an identifier has a history that was not loaded as a whole. */
export function hasLongHistory({ identifiers, history }: LoadedState): boolean {
  for (const state of identifiers.states()) {
    if ((state.hasOwn || state.hasAttached) && !history.isWhole(state.id)) return true;
  }
  return false;
}

/** What is connected with histories that were not loaded as a whole, and what is not; the whole batch where one is empty. */
export function splitBatch(input: BatchInput, loaded: LoadedState): BatchPart[] {
  const whole = [{ input, loaded }];
  if (!hasLongHistory(loaded)) return whole;
  const groups = connectedGroups(input, loaded);
  const long = new Set<string>();
  for (const { id, hasOwn, hasAttached } of loaded.identifiers.states()) {
    if ((hasOwn || hasAttached) && !loaded.history.isWhole(id)) long.add(groups.of(id));
  }
  const isLong = (id: string) => long.has(groups.of(id));
  const short = selectPart({ input, loaded }, (id) => !isLong(id));
  if (short.input.updates.length === 0 && short.input.changes.length === 0) return whole;
  return [short, selectPart({ input, loaded }, isLong)];
}

/** Joins whatever decides about one another: identifiers with their profiles, before and after, and with their transactions. */
function connectedGroups(
  { updates, changes }: BatchInput,
  { identifiers, transactions }: LoadedState,
): ConnectedGroups {
  const groups = new ConnectedGroups();
  for (const { id, root, profile } of identifiers.states()) {
    groups.join(id, root);
    groups.join(id, profile);
  }
  // Memberships of one record change together.
  const firstOfRecord = new Map<number, string>();
  for (const { identifier, root, profile, record } of updates) {
    groups.join(identifier, root);
    groups.join(identifier, profile);
    const first = firstOfRecord.get(record);
    if (first === undefined) firstOfRecord.set(record, identifier);
    else groups.join(identifier, first);
  }
  for (const { fact, movedFrom } of changes) {
    for (const other of [movedFrom, fact.transaction, fact.amends]) {
      if (other !== null) groups.join(fact.identifier, other);
    }
  }
  for (const [transaction, { records, counted, amending }] of transactions) {
    for (const { identifier } of [...records, ...counted, ...amending]) groups.join(transaction, identifier);
    for (const { number } of amending) if (number !== null) groups.join(transaction, number);
  }
  return groups;
}

function selectPart({ input, loaded }: BatchPart, isPart: (id: string) => boolean): BatchPart {
  const { updates, changes, facts } = input;
  const identifiers = new LoadedIdentifiers();
  for (const state of loaded.identifiers.states()) if (isPart(state.id)) identifiers.add(state);
  return {
    input: {
      ...input,
      updates: updates.filter(({ identifier }) => isPart(identifier)),
      changes: changes.filter(({ fact }) => isPart(fact.identifier)),
      facts: {
        effects: facts.effects.filter(({ identifier }) => isPart(identifier)),
        transactions: new Map([...facts.transactions].filter(([id]) => isPart(id))),
        stated: new Map([...facts.stated].filter(([id]) => isPart(id))),
      },
    },
    loaded: {
      ...loaded,
      identifiers,
      transactions: new Map([...loaded.transactions].filter(([id]) => isPart(id))),
    },
  };
}

class ConnectedGroups {
  readonly #parents = new Map<string, string>();

  /** One of the group stands for it. */
  of(id: string): string {
    let found = id;
    for (;;) {
      const parent = this.#parents.get(found);
      if (parent === undefined) break;
      found = parent;
    }
    // The next search is short.
    if (found !== id) this.#parents.set(id, found);
    return found;
  }

  join(left: string, right: string): void {
    if (left === right) return;
    const [from, to] = [this.of(left), this.of(right)];
    if (from !== to) this.#parents.set(from, to);
  }
}
