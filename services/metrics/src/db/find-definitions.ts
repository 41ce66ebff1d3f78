/** Definitions of activities and the journey map, as the figures in use have them and as those that are built will. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import type { Pool } from 'pg';

export interface FoundDefinition<Content> {
  name: string;
  version: number;
  content: Content;
  byOperator: boolean;
  /** `backfilling`: of the generation that is built. */
  state: 'ready' | 'backfilling';
  generation: number;
}

interface Contents {
  activity: ActivityDefinition;
  journey_map: JourneyMap;
}

/** Of a name first the version that is built, if it is another than the one in use. */
export async function findDefinitions<Kind extends keyof Contents>(
  pool: Pool,
  kind: Kind,
): Promise<FoundDefinition<Contents[Kind]>[]> {
  const { rows } = await pool.query<FoundDefinition<Contents[Kind]>>(
    `select definition.name, definition.version, definition.content, definition.by_operator as "byOperator",
            case generation.state when 'current' then 'ready' else 'backfilling' end as state, generation.id as generation
     from metrics.generation
     join metrics.generation_definition as used on used.generation = generation.id and used.state = 'ready'
     join metrics.definition on definition.id = used.definition
     where definition.kind = $1 and (generation.state = 'current'
       or generation.state in ('copying', 'filling') and not exists (
         select from metrics.generation as live
         join metrics.generation_definition as held on held.generation = live.id
         where live.state = 'current' and held.definition = used.definition))
     order by definition.name, generation.id desc`,
    [kind],
  );
  return rows;
}
