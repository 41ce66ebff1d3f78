/**
 * Changes of the sums over the identifiers that are attached to a root. They are kept by their changes, so that a profile
 * with a hundred thousand cookies or orders is counted without reading them.
 */
import { isTransactionType } from '@throughline/contracts';
import { type IdentifierState, isIdentifying, type ResolutionLimits } from './identifier-state.ts';

/** Differences to add, and the bounds in time of what came and of what left. */
export interface SummaryChange {
  root: string;
  carriers: number;
  transactions: number;
  identifying: number;
  touchpoints: number;
  firstCame: string | null;
  lastCame: string | null;
  firstLeft: string | null;
  lastLeft: string | null;
}

interface Part {
  root: string;
  carriers: number;
  transactions: number;
  identifying: number;
  touchpoints: number;
  first: string | null;
  last: string | null;
}

/** @param changed what was written of each identifier, and what it was before: null for a new one */
export function summaryChanges(
  changed: readonly { state: IdentifierState; original: IdentifierState | null }[],
  limits: ResolutionLimits,
): SummaryChange[] {
  const byRoot = new Map<string, SummaryChange>();
  for (const { state, original } of changed) {
    const before = original === null ? null : partOf(original, limits);
    const after = partOf(state, limits);
    const stays = before !== null && after !== null && before.root === after.root;
    if (before !== null) {
      const keeps = stays ? after : null;
      add(byRoot, before, -1, {
        firstLeft: leaves(before.first, keeps?.first ?? null, earlier),
        lastLeft: leaves(before.last, keeps?.last ?? null, later),
      });
    }
    if (after !== null) add(byRoot, after, 1, { firstCame: after.first, lastCame: after.last });
  }
  return [...byRoot.values()].filter(isChange);
}

/** What an identifier adds to the sums of its root; null for a root, which is counted by itself. */
function partOf(state: IdentifierState, limits: ResolutionLimits): Part | null {
  if (state.root === state.id) return null;
  const isTransaction = isTransactionType(state.type);
  const isSeen = state.firstSeenAt !== null;
  return {
    root: state.root,
    carriers: !isTransaction && isSeen ? 1 : 0,
    transactions: isTransaction ? 1 : 0,
    identifying: isSeen && isIdentifying(state, limits) ? 1 : 0,
    touchpoints: state.touchpointCount,
    first: state.firstTouchpointAt,
    last: state.lastTouchpointAt,
  };
}

/** A bound that the identifier had and no longer reaches. */
function leaves(
  before: string | null,
  after: string | null,
  extreme: (one: string | null, other: string | null) => string | null,
): string | null {
  return after !== null && extreme(before, after) === after ? null : before;
}

function add(
  byRoot: Map<string, SummaryChange>,
  part: Part,
  sign: 1 | -1,
  bounds: Partial<Pick<SummaryChange, 'firstCame' | 'lastCame' | 'firstLeft' | 'lastLeft'>>,
): void {
  const sum = byRoot.get(part.root) ?? noChange(part.root);
  byRoot.set(part.root, {
    root: part.root,
    carriers: sum.carriers + sign * part.carriers,
    transactions: sum.transactions + sign * part.transactions,
    identifying: sum.identifying + sign * part.identifying,
    touchpoints: sum.touchpoints + sign * part.touchpoints,
    firstCame: earlier(sum.firstCame, bounds.firstCame ?? null),
    lastCame: later(sum.lastCame, bounds.lastCame ?? null),
    firstLeft: earlier(sum.firstLeft, bounds.firstLeft ?? null),
    lastLeft: later(sum.lastLeft, bounds.lastLeft ?? null),
  });
}

function noChange(root: string): SummaryChange {
  const counts = { carriers: 0, transactions: 0, identifying: 0, touchpoints: 0 };
  return { root, ...counts, firstCame: null, lastCame: null, firstLeft: null, lastLeft: null };
}

function isChange(change: SummaryChange): boolean {
  const { root: _root, ...rest } = change;
  return Object.values(rest).some((value) => value !== 0 && value !== null);
}

function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}
