/** What metrics answers about journeys, as far as the pages show it. */
import type { Freshness } from './metrics-answers.ts';

export interface TransitionsAnswer {
  definition: string;
  from: string;
  to: string;
  transitions: readonly {
    /** Null before the first stage. */
    from: string | null;
    to: string;
    count: number;
  }[];
  partial: boolean;
  freshness: Freshness;
}

export interface FunnelAnswer {
  definition: string;
  from: string;
  to: string;
  window: number;
  steps: readonly { stage: string; profiles: number; conversion: number | null }[];
  partial: boolean;
  freshness: Freshness;
}

export interface SentimentPoint {
  name: string;
  channel: string | null;
  touchpoints: number;
  positive: number;
  negative: number;
  /** -1 to 1. */
  mean: number;
  /** Of those of which it is known. */
  stopShare: number | null;
}

export interface SentimentAnswer {
  definition: string;
  from: string;
  to: string;
  points: readonly SentimentPoint[];
  /** Points that are not among them. */
  more: number;
}

export interface ExperienceAnswer {
  definition: string;
  nps: { answers: number; score: number | null };
  csat: { answers: number; share: number | null };
  ces: { answers: number; mean: number | null };
}

export interface ProfileJourneyAnswer {
  definition: string;
  identified: boolean;
  stage: string | null;
  stageSince: string | null;
  relationship: string;
  lifecycle: string | null;
  lastPurchase: string | null;
  transactions: number;
  valueClass: string | null;
  strategy: string;
  churn: readonly {
    activity: string;
    window: number;
    churnsOn: string;
    state: 'active' | 'near' | 'churned';
  }[];
  touchpoints: readonly { stage: string; day: string; channel: string | null; source: string; id: string }[];
  nextCursor: string | null;
}
