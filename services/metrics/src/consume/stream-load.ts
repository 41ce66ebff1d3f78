/**
 * Whether the stream is behind, by the size of its batches: they are large when records wait. Work beside the stream that may come
 * later leaves the processor and the database to it meanwhile.
 */
export interface StreamLoad {
  noteBatch(records: number): void;
  isBehind(): boolean;
}

const largeBatch = 200;
const rememberMs = 1_000;

/** @param now ms of a clock that is never set back */
export function createStreamLoad(now: () => number): StreamLoad {
  let largeAt = Number.NEGATIVE_INFINITY;
  return {
    noteBatch(records) {
      if (records >= largeBatch) largeAt = now();
    },
    isBehind: () => now() - largeAt < rememberMs,
  };
}
