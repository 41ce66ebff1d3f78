/** The sources that operators made, by name: all of them, for there are few. */
import { asc } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { source, type SourceRow } from './schema.ts';

export const sourcesMax = 1_000;

export async function findSources(database: NodePgDatabase): Promise<SourceRow[]> {
  return await database.select().from(source).orderBy(asc(source.name)).limit(sourcesMax);
}
