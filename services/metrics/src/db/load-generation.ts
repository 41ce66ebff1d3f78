/** A generation of figures with the settings and the versions of definitions that it is made with. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';
import type { CohortSettings } from '../core/cohort-definition.ts';
import type { GenerationSettings } from '../core/generation-settings.ts';

export interface LoadedGeneration {
  settings: GenerationSettings;
  /** Those of its definitions that operators have made. */
  operatorDefinitions: {
    activities: ActivityDefinition[];
    journeyMap: JourneyMap | null;
    groupings: string[][] | null;
  };
}

interface Row {
  id: number;
  functionVersion: number;
  timeZone: string;
  weekStart: string;
  windows: number[];
  cohorts: CohortSettings;
  groupings: string[][];
  groupingsByOperator: boolean;
}

interface DefinitionRow {
  id: number;
  kind: 'activity' | 'journey_map';
  content: ActivityDefinition | JourneyMap;
  byOperator: boolean;
}

/** Null when there is none. */
export async function loadGeneration(
  database: Pool | PoolClient,
  id: number,
): Promise<LoadedGeneration | null> {
  const generations = await database.query<Row>(
    `select id, function_version as "functionVersion", time_zone as "timeZone", week_start as "weekStart", windows, cohorts, groupings,
            groupings_by_operator as "groupingsByOperator"
     from metrics.generation where id = $1`,
    [id],
  );
  const [generation] = generations.rows;
  if (generation === undefined) return null;
  const definitions = await database.query<DefinitionRow>(
    `select definition.id, definition.kind, definition.content, definition.by_operator as "byOperator"
     from metrics.generation_definition as used
     join metrics.definition on definition.id = used.definition
     where used.generation = $1 and used.state = 'ready'
     order by definition.id`,
    [id],
  );
  const ofKind = (kind: DefinitionRow['kind']) => definitions.rows.filter((row) => row.kind === kind);
  const map = ofKind('journey_map').at(-1);
  const journeyMap = map?.content as JourneyMap | undefined;
  if (journeyMap === undefined) throw new Error(`generation ${id} has no journey map`);
  const activities = ofKind('activity').map((row) => ({
    ...(row.content as ActivityDefinition),
    id: row.id,
  }));
  const { functionVersion, timeZone, weekStart, windows, cohorts, groupings } = generation;
  return {
    operatorDefinitions: {
      activities: ofKind('activity')
        .filter(({ byOperator }) => byOperator)
        .map(({ content }) => content as ActivityDefinition),
      journeyMap: map?.byOperator === true ? (map.content as JourneyMap) : null,
      groupings: generation.groupingsByOperator ? groupings : null,
    },
    settings: { functionVersion, timeZone, weekStart, windows, cohorts, groupings, activities, journeyMap },
  };
}
