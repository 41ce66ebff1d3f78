/** How long loops beside the batches rest when there is nothing to do, in ms. What leaves work wakes them. */
export const idleRestMs = 1_000;
