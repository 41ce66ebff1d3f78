/** What every piece of identity's work needs; made once in the composition root. */
import type { EventLog, Outbox } from '@throughline/event-log';
import type { Logger, Summary } from '@throughline/runtime';
import type { Pool } from 'pg';
import type { IdentifierIds } from '../identifier-id.ts';
import type { RulesSource } from './rules/current-rules.ts';

export interface IdentityContext {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  summary: Summary;
  ids: IdentifierIds;
  rules: RulesSource;
  /** Identifiers and links that the touchpoints of one transaction may concern, unless it is one touchpoint. */
  maxBatchRows: number;
  /** Names of the traits that figures may be grouped by. */
  publishedTraits: ReadonlySet<string>;
  /** Partitions of `resolved.v1`. */
  resolvedPartitions: number;
  /** Partitions of `profiles.v1`. */
  profilesPartitions: number;
  /** Partitions of `rejected.v1`. */
  rejectedPartitions: number;
  /** Sources that this process has seen written. */
  knownSources: ReadonlySet<string>;
  /** Takes effect only when the transaction commits; a repeat after a rollback is harmless. */
  noteSources(names: Iterable<string>): void;
  outbox: Pick<Outbox, 'write' | 'nudge'>;
}
