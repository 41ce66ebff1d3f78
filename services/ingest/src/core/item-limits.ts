/** What an item may be. Requests have limits of their own, in `http/`. */
export const itemMaxBytes = 32 * 1024;
export const itemMaxKeys = 2_000;
export const itemMaxDepth = 64;
export const touchpointIdMaxLength = 100;
export const nameMaxLength = 200;
