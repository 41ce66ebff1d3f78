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
