import { describe, expect, test } from 'vitest';
import { splitBatch } from '../../src/core/split-batch.ts';
import { LoadedHistory } from '../../src/core/loaded-history.ts';
import { createIdentifierState, LoadedIdentifiers } from '../../src/core/loaded-identifiers.ts';
import { onTime } from '../../src/core/cause.ts';

type Batch = Parameters<typeof splitBatch>[0];
type Loaded = Parameters<typeof splitBatch>[1];

const none = { stage: null, activities: [], day: 0, movedFrom: null, erasedBy: null };

/** A batch with a touchpoint under each of the identifiers; of those with a history only what was read as a whole is short. */
function batchOf(
  identifiers: readonly {
    id: string;
    transaction?: string;
    profile?: string;
    history?: 'whole' | 'pieces';
  }[],
): { batch: Batch; loaded: Loaded } {
  const history = new LoadedHistory();
  const states = new LoadedIdentifiers();
  for (const { id, profile = id, history: held } of identifiers) {
    states.add({ ...createIdentifierState(id), profile, hasOwn: held !== undefined });
    if (held === 'whole') history.learnWhole({ identifier: id, counts: [], marks: [] });
  }
  const changes = identifiers.map(({ id, transaction = null }) => ({
    ...none,
    fact: { identifier: id, transaction, amends: null },
  }));
  const effects = identifiers.map(({ id }) => ({ identifier: id, day: 0, change: onTime, kind: 'count' }));
  const transactions = new Map(
    identifiers.flatMap(({ transaction }) => (transaction ? [[transaction, onTime]] : [])) as never,
  );
  const batch = {
    updates: [],
    changes,
    facts: { effects, transactions, stated: new Map() },
  } as unknown as Batch;
  return { batch, loaded: { identifiers: states, history, transactions: new Map(), statements: null } };
}

function touchpointsOf(parts: ReturnType<typeof splitBatch>): string[][] {
  return parts.map(({ input }) => input.changes.map(({ fact }) => fact.identifier));
}

describe('a batch', () => {
  test('is one part while every history was loaded as a whole', () => {
    const { batch, loaded } = batchOf([{ id: 'a', history: 'whole' }, { id: 'b' }]);
    expect(splitBatch(batch, loaded)).toEqual([{ input: batch, loaded }]);
  });

  test('has what is connected with a long history in a part of its own, by profile or by transaction', () => {
    const { batch, loaded } = batchOf([
      { id: 'a', history: 'pieces' },
      { id: 'b', profile: 'a' },
      { id: 'c', transaction: 'order 1' },
      { id: 'd', transaction: 'order 1', profile: 'a' },
      { id: 'e', transaction: 'order 2', history: 'whole' },
    ]);
    const parts = splitBatch(batch, loaded);
    expect(touchpointsOf(parts)).toEqual([['e'], ['a', 'b', 'c', 'd']]);
    expect(parts.map(({ input }) => [...input.facts.transactions.keys()])).toEqual([
      ['order 2'],
      ['order 1'],
    ]);
    expect(parts.map(({ loaded: { identifiers } }) => [...identifiers.states()].map(({ id }) => id))).toEqual(
      [['e'], ['a', 'b', 'c', 'd']],
    );
  });
});
