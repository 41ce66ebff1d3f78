/** What identity answers, as far as the pages show it. */
import type { Freshness } from './metrics-answers.ts';

export interface Identifier {
  id: string;
  type: string;
  value: string;
}

export interface Profile {
  id: string;
  identifiers: readonly (Identifier & { firstSeenAt: string; lastSeenAt: string })[];
  identifiersTruncated: boolean;
  identifierCount: number;
  transactionCount: number;
  traits: Readonly<Record<string, { value: unknown; at: string; source: string }>>;
  traitsTruncated: boolean;
  /** By category. */
  consents: Readonly<Record<string, { granted: boolean; at: string; source: string }>>;
  consentsTruncated: boolean;
  /** By survey and question. */
  feedback: Readonly<
    Record<string, Readonly<Record<string, { answer: unknown; at: string; source: string }>>>
  >;
  feedbackTruncated: boolean;
  firstSeenAt: string | null;
  lastSeenAt: string | null;
  touchpointCount: number;
  identified: boolean;
  freshness: Freshness;
}

export interface SearchAnswer {
  items: readonly {
    profile: Profile;
    matches: readonly { kind: 'identifier' | 'trait'; name: string; value: string }[];
  }[];
  truncated: boolean;
}

export type Evidence = { at: string; source: string; touchpoint: string } | null;

export interface Link {
  weaker: Identifier;
  stronger: Identifier;
  evidence: { server: Evidence; verified: Evidence; public: Evidence };
  standing: 'server' | 'verified' | 'public' | null;
  alias: boolean;
  isParent: boolean;
  refused: string | null;
}

export interface LinksAnswer {
  profile: string;
  items: readonly Link[];
  nextCursor: string | null;
  refused: readonly { kind: string; reason: string; ends: readonly Identifier[] }[];
  refusedTruncated: boolean;
}

export interface ShownTouchpoint {
  id: string;
  source: string;
  type: string;
  name: string | null;
  occurredAt: string;
  receivedAt: string;
  identifiers: readonly { type: string; value: string }[];
  key: string;
  trust: string;
  channel?: string | null;
  properties?: Readonly<Record<string, unknown>>;
}

export interface TimelineAnswer {
  items: readonly ShownTouchpoint[];
  nextCursor: string | null;
}

export interface HistoryAnswer {
  profile: string;
  items: readonly {
    at: string;
    change: string;
    cause: string | null;
    identifier: Identifier | null;
    from: Identifier | null;
    to: Identifier | null;
    touchpoint: { source: string; id: string; name: string | null; occurredAt: string } | null;
    decision: { id: string; kind: string; note: string } | null;
    shared: Identifier | null;
  }[];
  nextCursor: string | null;
}

export interface KeyFigures {
  customersAtStart: number;
  active: number;
  retained: number;
  churned: number;
  new: number;
  reactivated: number;
  retention: number | null;
  churn: number | null;
}

export interface Preview {
  dryRun: true;
  moves: readonly { from: Identifier; to: Identifier; identifiers: number; touchpoints: number }[];
  movesTruncated: boolean;
  touchpointsMoved: number;
  movesInPages: boolean;
  refused: readonly { reason: string; explanation: string; ends: readonly Identifier[] }[];
  figures:
    | {
        state: 'answered';
        days: readonly {
          day: string;
          partial: boolean;
          figures: readonly { activity: string; window: number; before: KeyFigures; after: KeyFigures }[];
        }[];
      }
    | { state: 'unavailable'; message: string };
}

export interface Decision {
  id: string;
  kind: 'merge' | 'split';
  madeAt: string;
  note: string;
  refs?: readonly Identifier[];
  sides?: readonly (readonly Identifier[])[];
  madeBy: { key: string; author: string | null };
  state: 'active' | 'withdrawn';
}
