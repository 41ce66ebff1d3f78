/** Makes a failing history small: operations and identifiers are taken away as long as it still fails. */
import type { History, Operation } from './history.ts';

export function shrinkHistory(history: History, fails: (candidate: History) => boolean): History {
  let smallest = history;
  for (let before = Infinity; sizeOf(smallest) < before;) {
    before = sizeOf(smallest);
    for (let chunk = Math.max(1, smallest.operations.length >> 1); chunk >= 1; chunk >>= 1) {
      for (let start = smallest.operations.length - chunk; start >= 0; start -= chunk) {
        const operations = smallest.operations.toSpliced(start, chunk);
        if (fails({ ...smallest, operations })) smallest = { ...smallest, operations };
      }
    }
    for (let place = 0; place < smallest.operations.length; place += 1) {
      for (const simpler of simplerOperations(smallest.operations[place])) {
        const candidate = { ...smallest, operations: smallest.operations.with(place, simpler) };
        if (sizeOf(candidate) < sizeOf(smallest) && fails(candidate)) smallest = candidate;
      }
    }
  }
  return smallest;
}

function sizeOf({ operations }: History): number {
  return JSON.stringify(operations).length;
}

function simplerOperations(operation: Operation | undefined): Operation[] {
  if (operation?.kind === 'touchpoint') {
    const { verified, traits, context, ...plain } = operation.touchpoint;
    const touchpoints = [
      plain,
      { ...plain, ...(verified === undefined ? {} : { verified }) },
      { ...plain, ...(traits === undefined ? {} : { traits }) },
      { ...plain, ...(context === undefined ? {} : { context }) },
      ...operation.touchpoint.identifiers.map((_, index) => ({
        ...operation.touchpoint,
        identifiers: operation.touchpoint.identifiers.toSpliced(index, 1),
      })),
    ];
    return touchpoints
      .filter(({ identifiers }) => identifiers.length > 0)
      .map((touchpoint) => ({ kind: 'touchpoint', touchpoint }));
  }
  if (operation?.kind === 'decision') {
    const { decision } = operation;
    const fewest = decision.kind === 'merge' ? 2 : 1;
    return decision.sides.flatMap((side, index) =>
      side.length <= fewest
        ? []
        : side.map((_, place): Operation => {
            const sides = decision.sides.with(index, side.toSpliced(place, 1));
            return { kind: 'decision', decision: { ...decision, sides } };
          }),
    );
  }
  return [];
}
