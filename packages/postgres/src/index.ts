export * from './create-consumer-pool.ts';
export * from './create-pool.ts';
export * from './embedded/discard-embedded-postgres.ts';
export { findStartMark } from './embedded/process-identity.ts';
export * from './embedded/start-embedded-postgres.ts';
export * from './plain-array.ts';
export * from './run-migrations.ts';
export * from './structured-log.ts';
export * from './transaction.ts';
