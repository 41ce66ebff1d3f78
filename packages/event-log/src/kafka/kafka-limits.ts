/** Sizes that topics must accept. */

/** Records of a partition that are sent as one batch, before compression. */
export const maxPartBytes = 1024 * 1024;
/**
 * Of topics that are made: a batch with what Kafka adds, and single records that are larger. A reject keeps its bytes, and the
 * largest request is 5 MiB of one item, which may hardly be compressible; refused, it would fail whatever is sent with it.
 */
export const maxMessageBytes = 8 * 1024 * 1024;
