/** The two kinds of senders that must not crowd each other out: what runs in the hands of others, and what vouches. */
import type { Principal } from '../key-ring.ts';

export type SenderKind = 'public' | 'server';

/** Of what is limited for all senders together, each kind may take this much: the rest is kept for the other one. */
export const shareOfKind = 3 / 4;

/** A request whose key comes in its body is public. */
export function senderKindOf(principal: Principal | null): SenderKind {
  return principal === null || principal.kind === 'write' ? 'public' : 'server';
}
