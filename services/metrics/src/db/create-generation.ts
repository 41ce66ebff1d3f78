/** A new, empty generation of figures, with the settings and definitions that are given. */
import { shippedActivities } from '@throughline/contracts';
import type { PoolClient } from 'pg';
import type { WantedSettings } from '../core/generation-settings.ts';

/** @param state `copying` for one that is built beside the one in use */
export async function createGeneration(
  client: PoolClient,
  wanted: WantedSettings,
  state: 'copying' | 'current',
): Promise<number> {
  const { functionVersion, timeZone, weekStart, windows, cohorts, groupings, activities, journeyMap } =
    wanted;
  const shipped = new Set(shippedActivities.map(({ name }) => name));
  const { rows } = await client.query<{ id: number }>(
    `insert into metrics.generation
       (id, state, function_version, time_zone, week_start, windows, cohorts, groupings, groupings_by_operator, current_from)
     select coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, case when $1 = 'current' then clock_timestamp() end
     from metrics.generation
     returning id`,
    [
      state,
      functionVersion,
      timeZone,
      weekStart,
      windows,
      JSON.stringify(cohorts),
      JSON.stringify(groupings),
      wanted.hasOperatorsGroupings === true,
    ],
  );
  const generation = rows[0]?.id ?? 0;
  for (const activity of activities)
    await useDefinition(client, generation, {
      kind: 'activity',
      name: activity.name,
      content: activity,
      byOperator: !shipped.has(activity.name),
    });
  await useDefinition(client, generation, {
    kind: 'journey_map',
    name: 'journey_map',
    content: journeyMap,
    byOperator: wanted.hasOperatorsMap === true,
  });
  return generation;
}

interface Definition {
  kind: 'activity' | 'journey_map';
  name: string;
  content: unknown;
  byOperator: boolean;
}

/** The document that has this content, or the next version of its name. */
async function useDefinition(
  client: PoolClient,
  generation: number,
  { kind, name, content, byOperator }: Definition,
): Promise<void> {
  await client.query(
    `with known as (
       select id from metrics.definition where kind = $2 and name = $3 and content = $4::jsonb
       order by version desc limit 1),
     added as (
       insert into metrics.definition (kind, name, version, content, by_operator)
       select $2, $3, coalesce((select max(version) from metrics.definition where kind = $2 and name = $3), 0) + 1, $4::jsonb,
              $5
       where not exists (select from known)
       returning id)
     insert into metrics.generation_definition (generation, definition, state)
     select $1, id, 'ready' from (select id from known union all select id from added) as definition`,
    [generation, kind, name, JSON.stringify(content), byOperator],
  );
}
