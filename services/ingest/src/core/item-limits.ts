/** What an item may be. Requests have limits of their own, in `http/`. */
export const itemMaxBytes = 32 * 1024;
/** An order of 140 products with 15 fields each is real. */
export const itemMaxKeys = 5_000;
export const itemMaxDepth = 64;
export const touchpointIdMaxLength = 100;
export const nameMaxLength = 200;
export const traitNameMaxLength = 200;
export const traitMaxCount = 200;
