/** The log's schema and its days: made at first use, kept up while the log is open. */
import { join } from 'node:path';
import { runMigrations, type StructuredLog } from '@throughline/postgres';
import type { Pool } from 'pg';
import { orUnavailable, unavailable } from './log-unavailable.ts';
import { createDays, dropOldDays } from './log-days.ts';

const migrations = join(import.meta.dirname, '..', '..', 'migrations', 'log');
const upkeepIntervalMs = 3_600_000;

export interface PreparedSchemaOptions {
  pool: Pool;
  schema: string;
  /** Whole days that records are kept at least. */
  retentionDays: number;
  log: StructuredLog;
}

export class PreparedSchema {
  readonly #options: PreparedSchemaOptions;
  #prepared: Promise<void> | undefined;
  #upkeepTimer: NodeJS.Timeout | undefined;

  constructor(options: PreparedSchemaOptions) {
    this.#options = options;
  }

  /** Tried again by the next call when it fails. @throws AppError log_unavailable */
  ready(): Promise<void> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      this.#prepared = undefined;
      throw unavailable(error);
    });
    return this.#prepared;
  }

  /** @throws AppError log_unavailable, whether the schema or the work fails */
  async use<T>(work: () => Promise<T>): Promise<T> {
    await this.ready();
    return await orUnavailable(work());
  }

  close(): void {
    clearInterval(this.#upkeepTimer);
  }

  async #prepare(): Promise<void> {
    const { pool, schema } = this.#options;
    await runMigrations(pool, { schema, directories: [migrations] });
    await this.#turnDays();
    this.#upkeepTimer = setInterval(() => void this.#keepUp(), upkeepIntervalMs);
    this.#upkeepTimer.unref();
  }

  async #turnDays(): Promise<void> {
    const { pool, schema, retentionDays, log } = this.#options;
    await createDays(pool, schema);
    await dropOldDays(pool, schema, retentionDays, log);
  }

  async #keepUp(): Promise<void> {
    try {
      await this.#turnDays();
    } catch (error) {
      this.#options.log.warn(
        { event: 'log.upkeep_failed', err: error },
        'days of the event log could not be made or dropped',
      );
    }
  }
}
