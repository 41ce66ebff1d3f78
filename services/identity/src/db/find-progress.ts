/** How far a consumer group has come, and what identity has to do besides, in one statement and hence one snapshot. */
import type { Pool } from 'pg';
import { maxCounted } from './rechecks.ts';

export interface Progress {
  /** Partition -> offset of the next record; partitions never consumed are absent. */
  nextOffsets: Map<number, number>;
  /** Rechecks, of which `maxCounted` are counted, and 1 while a switch of rules is published. */
  left: number;
}

export async function findProgress(pool: Pool, group: string, topic: string): Promise<Progress> {
  const { rows } = await pool.query<{ offsets: Record<string, number>; left: number }>({
    name: 'find-progress',
    text: `select
             (select coalesce(json_object_agg(partition, next_offset), '{}') from identity.consumer_offset
              where group_name = $1 and topic = $2) as offsets,
             (select count(*)::integer from (select from identity.recheck limit ${maxCounted}) as counted)
               + (select count(*)::integer from identity.ruleset where state = 'publishing') as "left"`,
    values: [group, topic],
  });
  const { offsets = {}, left = 0 } = rows[0] ?? {};
  return {
    nextOffsets: new Map(Object.entries(offsets).map(([partition, next]) => [Number(partition), next])),
    left,
  };
}
