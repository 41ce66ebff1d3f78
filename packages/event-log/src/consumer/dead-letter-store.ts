/** The dead letters of one service, as its routes for operators use them. */
import type { Pool } from 'pg';
import type { EventLog } from '../port.ts';
import type { DeadLetter } from './dead-letter.ts';
import {
  findDeadLetter,
  listDeadLetters,
  replayDeadLetter,
  type DeadLetterFilter,
  type DeadLetterPage,
} from './dead-letters.ts';

export interface DeadLetterStore {
  /** Newest first, at most 100 a page. */
  list(options: DeadLetterFilter & { limit: number; cursor?: number | undefined }): Promise<DeadLetterPage>;
  find(id: number): Promise<DeadLetter | null>;
  /** Appends the record to its topic again. False when there is no such letter. */
  replay(id: number): Promise<boolean>;
}

export function createDeadLetterStore(options: {
  pool: Pool;
  log: Pick<EventLog, 'append'>;
  schema: string;
}): DeadLetterStore {
  const { pool, log, schema } = options;
  return {
    list: (page) => listDeadLetters(pool, { schema, ...page }),
    find: (id) => findDeadLetter(pool, { schema, id }),
    replay: (id) => replayDeadLetter(pool, log, { schema, id }),
  };
}
