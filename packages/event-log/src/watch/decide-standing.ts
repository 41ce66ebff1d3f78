/**
 * Whether something stands still that should move: a consumer's offset, the first row of an outbox. Pure: a look, and
 * what the look before left, give what is to be said.
 */

export interface StandingLimits {
  /** Something pending that does not move for this long is stalled. */
  stallAfterMs: number;
  /** A stall that lasts is told again this often. */
  repeatAfterMs: number;
  /** Between two looks no more than this is counted: a process that slept cannot say that others stood still. */
  longestGapMs: number;
}

export interface Look {
  /** On a clock that only goes forward, ms. */
  at: number;
  /** What changes when it moves. */
  position: string;
  isPending: boolean;
  /** Whether it is this process' to tell of. */
  maySay: boolean;
}

export interface Standing {
  lookedAt: number;
  position: string;
  isPending: boolean;
  /** For how long it has been pending without moving. */
  stoodMs: number;
  /** `stoodMs` when it was last told; null when it was not. */
  toldAtMs: number | null;
}

export interface StandingDecision {
  standing: Standing;
  isStalled: boolean;
  tell: 'stalled' | 'recovered' | null;
  /** For how long it stands, or stood until it recovered. */
  stoodMs: number;
}

export function decideStanding(
  previous: Standing | undefined,
  look: Look,
  limits: StandingLimits,
): StandingDecision {
  const { at, position, isPending, maySay } = look;
  if (previous === undefined || !isPending || !previous.isPending || previous.position !== position) {
    return {
      standing: { lookedAt: at, position, isPending, stoodMs: 0, toldAtMs: null },
      isStalled: false,
      tell: previous?.toldAtMs == null ? null : 'recovered',
      stoodMs: previous?.stoodMs ?? 0,
    };
  }
  const stoodMs = previous.stoodMs + Math.min(at - previous.lookedAt, limits.longestGapMs);
  const isStalled = stoodMs >= limits.stallAfterMs;
  const isDue = previous.toldAtMs === null || stoodMs - previous.toldAtMs >= limits.repeatAfterMs;
  const tells = isStalled && maySay && isDue;
  return {
    standing: { lookedAt: at, position, isPending, stoodMs, toldAtMs: tells ? stoodMs : previous.toldAtMs },
    isStalled,
    tell: tells ? 'stalled' : null,
    stoodMs,
  };
}
