/**
 * What dropped touchpoints still count for: when an identifier that names no person was first and last seen. It is stored apart,
 * because nothing else is left of those touchpoints when the identifier is measured again.
 */
import { compareText, type Trust } from '@throughline/contracts';
import {
  type IncomingTouchpoint,
  type JudgedIdentifier,
  type MentionedIdentifier,
  type Mentions,
  recordMention,
} from './mentions.ts';

/** Of one identifier, by all touchpoints that one erasure was the first to drop. */
export interface KeptMention extends Mentions {
  /** The time T of that erasure. A later erasure of the identifier itself takes it: it concerns the same touchpoints. */
  erasedAt: string;
  /** When it was dropped. */
  blocked: boolean;
}

export type DroppedTouchpoint = Pick<IncomingTouchpoint, 'trust' | 'occurredAt' | 'receivedAt'> & {
  mentioned: readonly JudgedIdentifier[];
  erasedAt: string;
};

/** Sorted by identifier and time. */
export function keptMentions(dropped: readonly DroppedTouchpoint[]): KeptMention[] {
  const kept = new Map<string, KeptMention>();
  for (const touchpoint of dropped) {
    const { mentioned, erasedAt } = touchpoint;
    for (const { id, blockedThen: blocked, original } of mentioned) {
      const key = `${id} ${erasedAt}`;
      const mention = kept.get(key) ?? { ...nothingSeen(id), erasedAt, blocked };
      recordMention(mention, touchpoint, original);
      kept.set(key, mention);
    }
  }
  return [...kept.values()].toSorted(
    (left, right) => compareText(left.id, right.id) || compareText(left.erasedAt, right.erasedAt),
  );
}

export function nothingSeen(id: string): Mentions {
  return {
    id,
    firstServerAt: null,
    firstPublicAt: null,
    firstSeenAt: null,
    lastSeenAt: null,
    original: null,
  };
}

/** Touchpoints of which nothing else is left, which together mention the identifier just so. */
export function mentionsAsTouchpoints(
  { original: _ignored, ...named }: MentionedIdentifier,
  { firstServerAt, firstPublicAt, firstSeenAt, lastSeenAt, original }: Mentions,
): IncomingTouchpoint[] {
  const identifier: JudgedIdentifier = { ...named, blockedThen: named.blocked };
  const at = (occurredAt: string | null, trust: Trust): IncomingTouchpoint[] => {
    if (occurredAt === null) return [];
    const isFirst = occurredAt === firstSeenAt && original !== null;
    return [
      {
        key: '',
        source: '',
        id: '',
        trust,
        occurredAt,
        receivedAt: firstPublicAt ?? '',
        alias: false,
        identifiers: [],
        taken: [{ identifiers: [identifier], pairs: [] }],
        mentioned: [isFirst ? { ...identifier, original } : identifier],
      },
    ];
  };
  const byPublic = firstPublicAt === null ? 'server' : 'public';
  return [
    ...at(firstServerAt, 'server'),
    ...at(firstSeenAt, firstServerAt === firstSeenAt ? 'server' : byPublic),
    ...at(lastSeenAt, byPublic),
  ];
}

/** Of one identifier; the order does not matter. */
export function foldMentions(id: string, mentions: readonly Mentions[]): Mentions {
  return mentions.reduce(
    (left, right): Mentions => ({
      id,
      firstServerAt: earlier(left.firstServerAt, right.firstServerAt),
      firstPublicAt: earlier(left.firstPublicAt, right.firstPublicAt),
      firstSeenAt: earlier(left.firstSeenAt, right.firstSeenAt),
      lastSeenAt: later(left.lastSeenAt, right.lastSeenAt),
      original: firstWritten(left, right),
    }),
    nothingSeen(id),
  );
}

function earlier(left: string | null, right: string | null): string | null {
  return left === null || (right !== null && right < left) ? right : left;
}

function later(left: string | null, right: string | null): string | null {
  return left === null || (right !== null && right > left) ? right : left;
}

/** As the one that was seen first wrote it; of several at once the value, which is null here, or the smallest. */
function firstWritten(left: Mentions, right: Mentions): string | null {
  if (left.firstSeenAt === null) return right.original;
  if (right.firstSeenAt === null || left.firstSeenAt < right.firstSeenAt) return left.original;
  if (right.firstSeenAt < left.firstSeenAt) return right.original;
  if (left.original === null || right.original === null) return null;
  return compareText(left.original, right.original) <= 0 ? left.original : right.original;
}
