/** The latest stage mark of an identifier on a day but for those that the batch takes away: what takes the place of one of them. */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { FactChange } from '../core/fact-effects.ts';
import type { MarkLookup } from '../core/loaded-history.ts';
import type { StageMark } from '../core/stage-mark.ts';
import { ofGeneration } from './of-generation.ts';
import { stageMarkColumns, toStageMark, type StageMarkRow } from './stage-mark-row.ts';

export async function findRemainingMarks(
  client: PoolClient,
  generation: number,
  lookups: readonly MarkLookup[],
  changes: readonly FactChange[],
): Promise<(MarkLookup & { mark: StageMark })[]> {
  const leaving = changes.filter(({ movedFrom, stage }) => movedFrom !== null && stage !== null);
  const { rows } = await client.query<MarkLookup & StageMarkRow>({
    name: 'find-remaining-marks',
    text: `with leaving as materialized (
             select source, id from unnest($4::text[], $5::text[]) as leaving (source, id))
           select asked.identifier, latest.*
           from unnest($2::uuid[], $3::int[]) as asked (identifier, asked_day)
           cross join lateral (
             select ${stageMarkColumns} from metrics.stage_mark as held
             where held.identifier = asked.identifier and held.day = asked.asked_day and ${ofGeneration}
               and not exists (
                 select from leaving where leaving.source = held.source and leaving.id = held.touchpoint_id)
             order by occurred_at desc, source collate "C" desc, touchpoint_id collate "C" desc
             limit 1) as latest`,
    values: [
      generation,
      plainArray(lookups.map(({ identifier }) => identifier)),
      plainArray(lookups.map(({ day }) => day)),
      leaving.map(({ fact }) => fact.source),
      leaving.map(({ fact }) => fact.id),
    ],
  });
  return rows.map((row) => ({ identifier: row.identifier, day: row.day, mark: toStageMark(row) }));
}
