/** Sizes that topics must have room for. */

/** Records of a partition that are sent as one batch, before compression. */
export const maxPartBytes = 1024 * 1024;
/** Of topics that are made: a batch with what Kafka adds, and single records that are larger. */
export const maxMessageBytes = 2 * 1024 * 1024;
