import { z } from 'zod';

/**
 * Position in the outbox of the sender: the receiver drops what is not above its watermark for the shard. Absent where the
 * sender's transaction appended the record itself: there are no repeats of it.
 */
export const outboxPosition = {
  shard: z.string().exactOptional(),
  sequence: z.int().nonnegative().exactOptional(),
};
