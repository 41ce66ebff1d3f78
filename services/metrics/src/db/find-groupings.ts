/** By what figures are grouped: as the generation in use has it, and as one that is built will. */
import type { Pool } from 'pg';

export interface FoundGroupings {
  groupings: string[][];
  byOperator: boolean;
  /** `backfilling`: of the generation that is built, where that has others. */
  state: 'ready' | 'backfilling';
  generation: number;
}

/** Null before the first generation. */
export async function findGroupings(pool: Pool): Promise<FoundGroupings | null> {
  const { rows } = await pool.query<FoundGroupings>(
    `select generation.groupings, generation.groupings_by_operator as "byOperator", generation.id as generation,
            case generation.state when 'current' then 'ready' else 'backfilling' end as state
     from metrics.generation
     where generation.state = 'current' or generation.state in ('copying', 'filling') and not exists (
       select from metrics.generation as live where live.state = 'current' and live.groupings = generation.groupings)
     order by generation.id desc limit 1`,
  );
  return rows[0] ?? null;
}
