/** What a link between two identifiers is based on, and why it may count for nothing. */
import type { Level, Moment } from './evidence.ts';
import type { Refusal } from './person-layer.ts';

export type Basis =
  | { kind: 'merge'; decision: string }
  | { kind: 'direct'; level: Level; alias: boolean; shownBy: Moment[] }
  /** `via` met both ends; `shownBy` are the two touchpoints that say so. */
  | { kind: 'inferred'; level: Level; via: string; shownBy: Moment[] }
  /** What attached it counts no longer, and the recheck that decides it again is not done. */
  | { kind: 'pending' };

export interface ExplainedLink {
  to: string;
  basis: Basis;
}

export type LinkRefusal =
  | Refusal
  /** The ends that are shared at every level of the link. */
  | { reason: 'shared'; shared: string[] }
  /** The component is past the bound, and the link was left out. */
  | { reason: 'bound' }
  /** The stronger end is an attached identifier that met two of a person type. */
  | { reason: 'mixed' }
  /** The weaker end is a transaction that a server vouched for, and the link is public. */
  | { reason: 'vouched' }
  /** Two attached identifiers of one type: neither is attached to the other. */
  | { reason: 'same_type' }
  /** The weaker end is attached to one that its links rank higher. */
  | { reason: 'outranked'; by: string };

export type RefusedLink = ExplainedLink & { refusal: LinkRefusal };
