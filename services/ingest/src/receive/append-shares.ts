/**
 * How much of what waits to be written to the log each kind of sender may hold. The log refuses everything past its own limit,
 * so without shares a flood with a website's key would have it refuse the tills.
 */
import { AppError, type Trust } from '@throughline/contracts';
import { defaultMaxBufferedBytes, type OutgoingRecord } from '@throughline/event-log';
import { shareOfKind } from '@throughline/runtime';

export interface AppendShares {
  /** Runs the append within the share. @throws AppError overloaded: it was not begun */
  within: (trust: Trust, records: readonly OutgoingRecord[], append: () => Promise<void>) => Promise<void>;
}

export function createAppendShares(maxBytes = defaultMaxBufferedBytes): AppendShares {
  const held: Record<Trust, number> = { public: 0, server: 0 };
  return {
    async within(trust, records, append) {
      const bytes = records.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
      // One append larger than the share passes when the kind holds nothing, or it never would.
      if (held[trust] > 0 && held[trust] + bytes > maxBytes * shareOfKind) {
        throw new AppError('overloaded', 'too much is waiting to be written to the event log');
      }
      held[trust] += bytes;
      try {
        await append();
      } finally {
        held[trust] -= bytes;
      }
    },
  };
}
