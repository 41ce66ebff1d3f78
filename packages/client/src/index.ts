export * from './create-throughline.ts';
export * from './pages.ts';
export * from './problem.ts';
export { createRetryFetch, type RetryOptions } from './retry-fetch.ts';
export * as identity from './generated/identity/index.ts';
export * as ingest from './generated/ingest/index.ts';
export * as metrics from './generated/metrics/index.ts';
