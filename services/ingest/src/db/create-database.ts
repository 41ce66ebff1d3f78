/** The typed queries' view of a pool. */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';

export function createDatabase(pool: Pool): NodePgDatabase {
  return drizzle({ client: pool });
}
