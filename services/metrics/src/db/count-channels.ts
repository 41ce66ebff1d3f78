/** On how many channels profiles were seen within a range of days: read along the index of days, up to a limit. */
import type { Pool } from 'pg';
import { isIdentified, profileParts } from './profile-parts.ts';

export interface ChannelCounts {
  /** Identified profiles with a stage-bearing touchpoint that names its channel. */
  seen: number;
  /** Those on two and more. */
  onSeveral: number;
  /** Whether there are more touchpoints than are read. */
  isTooLong: boolean;
}

/** Touchpoints. */
export const maxChannelTouchpoints = 500_000;

const statement = `
  with read as materialized (
    select identifier, channel from metrics.stage_mark
    where day between $2 and $3 and generation = $1 limit $4),
  candidate as (
    select root.profile, count(distinct seen.channel) as channels
    from (select distinct identifier, channel from read where channel is not null) as seen
    join metrics.identifier as held on held.id = seen.identifier and held.generation = $1
    join metrics.identifier as root on root.id = held.root and root.generation = $1
    group by root.profile)
  select (select count(*)::int from read) as read, count(*)::int as seen,
         (count(*) filter (where channels > 1))::int as "onSeveral"
  from candidate as asked
  cross join lateral (select ${isIdentified} as is_identified from (${profileParts('asked.profile')}) as part) as whole
  where whole.is_identified`;

export async function countChannels(
  pool: Pool,
  generation: number,
  { from, to }: { from: number; to: number },
): Promise<ChannelCounts> {
  const { rows } = await pool.query<{ read: number; seen: number; onSeveral: number }>(statement, [
    generation,
    from,
    to,
    maxChannelTouchpoints + 1,
  ]);
  const { read = 0, seen = 0, onSeveral = 0 } = rows[0] ?? {};
  return { seen, onSeveral, isTooLong: read > maxChannelTouchpoints };
}
