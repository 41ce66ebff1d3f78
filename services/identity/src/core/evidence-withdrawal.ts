/**
 * Evidence that operators have withdrawn: of the touchpoints that a withdrawal selects, the links that they show are none. The
 * touchpoints themselves stay in their timelines. It selects by what a touchpoint says, so late ones and copies are selected
 * too, and the order of arrival changes nothing.
 */

export interface EvidenceWithdrawal {
  id: string;
  source: string;
  /** Which of its times the period is about. */
  by: 'occurredAt' | 'receivedAt';
  /** RFC 3339 UTC, both inclusive; null for no bound. */
  from: string | null;
  to: string | null;
  /** Id of the one touchpoint that is meant; null for all. */
  touchpoint: string | null;
  /** Identifier ids of the one link that is meant; null for all. */
  link: readonly [string, string] | null;
}

/** All that a touchpoint shows, or pairs by `pairKey`. */
export type WithdrawnPairs = 'all' | ReadonlySet<string>;

interface Selectable {
  source: string;
  id: string;
  occurredAt: string;
  receivedAt: string;
  identifiers: readonly { id: string }[];
}

/** Of a pair in any order. */
export function pairKey(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}

/** Null where nothing of the touchpoint is withdrawn. */
export function withdrawnPairs(
  touchpoint: Selectable,
  withdrawals: readonly EvidenceWithdrawal[],
): WithdrawnPairs | null {
  const pairs = new Set<string>();
  for (const withdrawal of withdrawals) {
    if (!selects(withdrawal, touchpoint)) continue;
    if (withdrawal.link === null) return 'all';
    pairs.add(pairKey(...withdrawal.link));
  }
  return pairs.size === 0 ? null : pairs;
}

function selects(withdrawal: EvidenceWithdrawal, touchpoint: Selectable): boolean {
  const { source, from, to, link } = withdrawal;
  const at = touchpoint[withdrawal.by];
  if (touchpoint.source !== source || (from !== null && at < from) || (to !== null && at > to)) return false;
  if (withdrawal.touchpoint !== null && withdrawal.touchpoint !== touchpoint.id) return false;
  return link === null || link.every((id) => touchpoint.identifiers.some((one) => one.id === id));
}
