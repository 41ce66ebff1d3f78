/**
 * Takes a page of facts into a generation that is built: as a batch that brings them would, by the same code. It runs while no
 * batch is in work, so each fact is taken in once: see `generations.ts`.
 */
import type { PoolClient } from 'pg';
import { decideFactEffects, placeFacts } from '../core/fact-effects.ts';
import { readFacts } from '../db/read-facts.ts';
import { appendToGeneration } from './append-to-generation.ts';
import { applyToGeneration, type FigureContext } from './apply-records.ts';

/** Below every key. */
export const beforeFirstKey = '00000000-0000-0000-0000-000000000000';
/** Above every key: all facts are in the generation. */
export const afterLastKey = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export interface FilledPage {
  facts: number;
  /** The key through which facts are in the generation now. */
  through: string;
}

/** Changes of a rebuild are booked in one partition that the log has not. */
const partition = -1;

export async function fillGeneration(
  client: PoolClient,
  figures: FigureContext,
  page: { after: string; limit: number },
): Promise<FilledPage> {
  const { generation, catalog, calendar } = figures;
  const read = await readFacts(client, page);
  const through = read.length < page.limit ? afterLastKey : (read.at(-1)?.key ?? afterLastKey);
  const saved = read.map((fact) => ({ fact, movedFrom: null, erasedBy: null }));
  const changes = placeFacts({ catalog, calendar }, saved);
  const facts = decideFactEffects(calendar, changes);
  const input = { catalog, updates: [], changes, facts, closedThrough: Number.NEGATIVE_INFINITY };
  const { sums } = await applyToGeneration(client, figures, input, new Set());
  await appendToGeneration(client, figures, partition, { deltas: sums.toDeltas(), closed: null });
  await client.query(
    'update metrics.generation set filled_through = $2, facts_filled = facts_filled + $3 where id = $1',
    [generation.id, through, read.length],
  );
  return { facts: read.length, through };
}
