/** What a batch touches, as far as it is known: more becomes known as transactions and profiles are loaded. */
import type { FactChange, FactDecision } from './fact-effects.ts';
import type { LoadedIdentifiers } from './loaded-identifiers.ts';
import type { LoadedTransactions } from './decide-transactions.ts';
import type { MembershipUpdate } from './memberships.ts';
import type { TouchedIdentifiers } from './required-identifiers.ts';

/** @param around ambiguous transactions under profiles that change */
export function touchedIdentifiers(
  batch: { updates: readonly MembershipUpdate[]; changes: readonly FactChange[]; facts: FactDecision },
  loaded: { identifiers: LoadedIdentifiers; transactions: LoadedTransactions },
  around: ReadonlySet<string>,
): TouchedIdentifiers {
  const { updates, changes, facts } = batch;
  const withFacts = new Set<string>();
  for (const { fact, movedFrom } of changes) {
    withFacts.add(fact.identifier);
    if (movedFrom !== null) withFacts.add(movedFrom);
  }
  for (const { records, counted } of loaded.transactions.values()) {
    for (const { identifier } of [...records, ...counted]) withFacts.add(identifier);
  }
  const transactions = new Set([...facts.transactions.keys(), ...around]);
  for (const { identifier, ambiguous, version } of updates) {
    const state = loaded.identifiers.find(identifier);
    const isNews = version > (state?.version ?? -1);
    if (isNews && ambiguous !== (state?.ambiguous ?? null)) transactions.add(identifier);
  }
  // Whether a sale was refunded depends on the refunds that name it: a change of one of them changes both.
  const direct = new Set(transactions);
  for (const id of direct) {
    for (const { amends } of loaded.transactions.get(id)?.records ?? []) {
      if (amends !== null) transactions.add(amends);
    }
  }
  return { updates, withFacts, transactions };
}
