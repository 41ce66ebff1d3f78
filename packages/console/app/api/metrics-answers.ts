/** What metrics answers, as far as the pages show it. */

export interface Freshness {
  processedThrough: string | null;
  pendingRecords: number | null;
}

export interface GrowthDay {
  day: string;
  customersAtStart: number;
  active: number;
  retained: number;
  churned: number;
  new: number;
  reactivated: number;
  quickRatio: number | null;
  partial: boolean;
}

export interface GrowthAnswer {
  definition: string;
  /** The moment that was asked for; null for the figures now. */
  asOf: string | null;
  /** A link of the API to the figures as they stood last, with the same answer for ever. */
  self: string;
  window: number;
  activity: string;
  days: readonly GrowthDay[];
  /** Where they were asked for. */
  groups?: readonly GrowthGroup[];
  incompleteBefore?: string | null;
  freshness: Freshness;
}

export interface GrowthGroup {
  /** Null for profiles without a value. */
  group: Readonly<Record<string, string | null>>;
  days: readonly GrowthDay[];
}

export interface StagesAnswer {
  definition: string;
  days: readonly { day: string; stages: Readonly<Record<string, number>>; partial: boolean }[];
  freshness: Freshness;
}

export interface Restatement {
  figure: string;
  dimensions: Readonly<Record<string, string | number>>;
  from: string;
  to: string;
  change: number;
  cause: string;
  changedAt: string;
  reasons: readonly string[];
}

export interface RestatementsAnswer {
  items: readonly Restatement[];
  nextCursor: string | null;
  freshness: Freshness;
}

export interface AtRiskAnswer {
  definition: string;
  window: number;
  activity: string;
  day: string;
  items: readonly {
    profile: string;
    lastActive: string;
    churnsOn: string;
    stage: string | null;
    relationship: string;
    valueClass: string | null;
  }[];
  nextCursor: string | null;
  freshness: Freshness;
}

export interface CountedAnswer {
  key: string;
  id: string;
  source: string;
  identifier: string;
  day: string;
  stage: string | null;
  countsTransactionOf: readonly string[];
}
