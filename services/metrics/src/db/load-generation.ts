/** A generation of figures with the settings and the versions of definitions that it is made with. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';
import type { CohortSettings } from '../core/cohort-definition.ts';
import type { GenerationSettings } from '../core/generation-settings.ts';

export interface LoadedGeneration {
  id: number;
  settings: GenerationSettings;
}

interface Row {
  id: number;
  functionVersion: number;
  timeZone: string;
  weekStart: string;
  windows: number[];
  cohorts: CohortSettings;
}

interface DefinitionRow {
  id: number;
  kind: 'activity' | 'journey_map';
  content: ActivityDefinition | JourneyMap;
}

/** @param id null for the one in use. Null when there is none */
export async function loadGeneration(
  database: Pool | PoolClient,
  id: number | null,
): Promise<LoadedGeneration | null> {
  const generations = await database.query<Row>(
    `select id, function_version as "functionVersion", time_zone as "timeZone", week_start as "weekStart", windows, cohorts
     from metrics.generation where case when $1::smallint is null then state = 'current' else id = $1 end`,
    [id],
  );
  const [generation] = generations.rows;
  if (generation === undefined) return null;
  const definitions = await database.query<DefinitionRow>(
    `select definition.id, definition.kind, definition.content
     from metrics.generation_definition as used
     join metrics.definition on definition.id = used.definition
     where used.generation = $1 and used.state = 'ready'
     order by definition.id`,
    [generation.id],
  );
  const maps = definitions.rows.filter(({ kind }) => kind === 'journey_map');
  const journeyMap = maps.at(-1)?.content as JourneyMap | undefined;
  if (journeyMap === undefined) throw new Error(`generation ${generation.id} has no journey map`);
  const activities = definitions.rows
    .filter(({ kind }) => kind === 'activity')
    .map((row) => ({ ...(row.content as ActivityDefinition), id: row.id }));
  const { functionVersion, timeZone, weekStart, windows, cohorts } = generation;
  return {
    id: generation.id,
    settings: { functionVersion, timeZone, weekStart, windows, cohorts, activities, journeyMap },
  };
}
