/**
 * Whether something stalls that should move: a consumer's offset, the first row of an outbox. Pure: a look, and
 * what the look before left, give what is to be reported.
 */

export interface StallLimits {
  /** Something pending that does not move for this long is stalled. */
  stallAfterMs: number;
  /** A stall that lasts is logged again this often. */
  repeatAfterMs: number;
  /** Between two looks no more than this is counted: a process that slept cannot say that others stalled. */
  longestGapMs: number;
}

export interface Look {
  /** On a clock that only goes forward, ms. */
  at: number;
  /** What changes when it moves. */
  position: string;
  isPending: boolean;
  /** Whether it is this process that reports it. */
  mayReport: boolean;
}

export interface StallState {
  lookedAt: number;
  position: string;
  isPending: boolean;
  /** For how long it has been pending without moving. */
  stalledMs: number;
  /** `stalledMs` when it was last reported; null when it was not. */
  reportedAtMs: number | null;
}

export interface StallDecision {
  stallState: StallState;
  isStalled: boolean;
  report: 'stalled' | 'recovered' | null;
  /** For how long it has stalled, or had until it recovered. */
  stalledMs: number;
}

export function decideStall(
  previous: StallState | undefined,
  look: Look,
  limits: StallLimits,
): StallDecision {
  const { at, position, isPending, mayReport } = look;
  if (previous === undefined || !isPending || !previous.isPending || previous.position !== position) {
    return {
      stallState: { lookedAt: at, position, isPending, stalledMs: 0, reportedAtMs: null },
      isStalled: false,
      report: previous?.reportedAtMs == null ? null : 'recovered',
      stalledMs: previous?.stalledMs ?? 0,
    };
  }
  const stalledMs = previous.stalledMs + Math.min(at - previous.lookedAt, limits.longestGapMs);
  const isStalled = stalledMs >= limits.stallAfterMs;
  const isDue = previous.reportedAtMs === null || stalledMs - previous.reportedAtMs >= limits.repeatAfterMs;
  const isReported = isStalled && mayReport && isDue;
  return {
    stallState: {
      lookedAt: at,
      position,
      isPending,
      stalledMs,
      reportedAtMs: isReported ? stalledMs : previous.reportedAtMs,
    },
    isStalled,
    report: isReported ? 'stalled' : null,
    stalledMs,
  };
}
