/** The same set in other clothes: other orders of arrival, repeated copies, other batches. The world must not notice. */
import type { Identifier } from '@throughline/contracts';
import type { Operation } from './history.ts';
import type { Random } from './seeded-random.ts';

/**
 * Touchpoints in any order. Decisions, withdrawals and erasures keep theirs, and none comes before the first mention of an
 * identifier that it names: a decision is about what has been seen. Every touchpoint keeps its own `receivedAt`.
 */
export function shuffledOperations(operations: readonly Operation[], random: Random): Operation[] {
  const shuffled = random.shuffled(operations.filter(({ kind }) => kind === 'touchpoint'));
  const mentioned = new Set(shuffled.flatMap(identifiersOf).map(textOf));
  let earliest = 0;
  for (const ruling of operations.filter(({ kind }) => kind !== 'touchpoint')) {
    const needed = new Set(
      identifiersOf(ruling)
        .map(textOf)
        .filter((text) => mentioned.has(text)),
    );
    let place = 0;
    for (; needed.size > 0 && place < shuffled.length; place += 1) {
      const operation = shuffled[place];
      if (operation?.kind !== 'touchpoint') continue;
      for (const identifier of identifiersOf(operation)) needed.delete(textOf(identifier));
    }
    earliest = Math.max(earliest, place);
    const chosen = earliest + random.below(shuffled.length - earliest + 1);
    shuffled.splice(chosen, 0, ruling);
    earliest = chosen + 1;
  }
  return shuffled;
}

function identifiersOf(operation: Operation): Identifier[] {
  switch (operation.kind) {
    case 'touchpoint':
      return operation.touchpoint.identifiers;
    case 'decision':
      return operation.decision.sides.flat();
    case 'erase':
      return operation.erasure.identifiers;
    case 'withdraw':
    case 'rules':
      return [];
  }
}

function textOf({ type, value }: Identifier): string {
  return `${type}:${value}`;
}

/** Some touchpoints come again, once or twice, anywhere later: equal copies, which change nothing. */
export function withDuplicates(operations: readonly Operation[], random: Random): Operation[] {
  const repeated = [...operations];
  for (const operation of operations) {
    if (operation.kind !== 'touchpoint' || !random.chance(0.3)) continue;
    const copies = 1 + random.below(2);
    for (let copy = 0; copy < copies; copy += 1) {
      const first = repeated.indexOf(operation);
      repeated.splice(first + 1 + random.below(repeated.length - first), 0, operation);
    }
  }
  return repeated;
}

/** Cut into runs of 1 to `most` operations. */
export function inBatches(operations: readonly Operation[], random: Random, most = 8): Operation[][] {
  const batches: Operation[][] = [];
  for (let start = 0; start < operations.length;) {
    const size = 1 + random.below(most);
    batches.push(operations.slice(start, start + size));
    start += size;
  }
  return batches;
}
