/** The log does not hold the next record of a consumer. Continuing elsewhere would lose records in silence. */

export interface LogHaltDetails {
  /**
   * `log_differs_before_offset`: the record before `nextOffset` is not the one that was consumed. The topic was created again,
   * lost its end in a failure and grew again, or belongs to another cluster.
   */
  reason: 'log_begins_above_offset' | 'log_ends_below_offset' | 'log_differs_before_offset';
  nextOffset: number;
  /** What the log holds: [beginOffset, endOffset). */
  beginOffset: number;
  endOffset: number;
}

export class LogHalt extends Error {
  readonly details: LogHaltDetails;

  constructor(details: LogHaltDetails) {
    super(
      `${details.reason}: next ${details.nextOffset}, log ${details.beginOffset} to ${details.endOffset}`,
    );
    this.name = 'LogHalt';
    this.details = details;
  }
}

/** Throws `LogHalt` unless the log, which holds [beginOffset, endOffset), can be read from `nextOffset` on. */
export function requireReachable(nextOffset: number, beginOffset: number, endOffset: number): void {
  if (nextOffset < beginOffset) {
    throw new LogHalt({ reason: 'log_begins_above_offset', nextOffset, beginOffset, endOffset });
  }
  if (nextOffset > endOffset) {
    throw new LogHalt({ reason: 'log_ends_below_offset', nextOffset, beginOffset, endOffset });
  }
}
