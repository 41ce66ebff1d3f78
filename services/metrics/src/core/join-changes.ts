/** What the parts of a batch changed, as the changes of the batch: the sums of the first part take in those of the others. */
import type { AppliedChanges } from './apply-batch.ts';
import { DeltaSums } from './delta.ts';

export function joinChanges(parts: readonly AppliedChanges[]): AppliedChanges {
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  const sums = first?.sums ?? new DeltaSums();
  for (const part of others) sums.addAll(part.sums);
  return {
    sums,
    shares: parts.flatMap(({ shares }) => shares),
    memberships: parts.flatMap(({ memberships }) => memberships),
    identifiers: parts.flatMap(({ identifiers }) => identifiers),
    counts: parts.flatMap(({ counts }) => counts),
    sales: parts.flatMap(({ sales }) => sales),
    moved: new Map(parts.flatMap(({ moved }) => [...moved])),
    touched: new Set(parts.flatMap(({ touched }) => [...touched])),
    counted: {
      added: parts.flatMap(({ counted }) => counted.added),
      removed: parts.flatMap(({ counted }) => counted.removed),
    },
    ambiguous: new Map(parts.flatMap(({ ambiguous }) => [...ambiguous])),
  };
}
