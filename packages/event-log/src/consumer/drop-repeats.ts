/** The receiver's half of the outbox: a relay that was killed sends again what the log already has. */
import type { PoolClient } from 'pg';

export interface OutboxPosition {
  shard: string;
  sequence: number;
}

export interface DropRepeatsOptions {
  schema: string;
  /** When several groups of one schema consume the same topic, each has watermarks of its own. */
  group?: string;
  topic: string;
  partition: number;
}

/**
 * For each position, in the order of the log, whether it is new; advances the watermarks. To be called inside
 * `consumeInTransaction`, whose lock keeps others off the partition's watermarks.
 *
 * One number per shard is enough because a shard's records come to a partition in ascending order, whichever relay
 * sends them: each begins at the committed cursor, so a repeat never skips what was not sent before.
 */
export async function dropRepeats(
  client: PoolClient,
  options: DropRepeatsOptions,
  positions: readonly OutboxPosition[],
): Promise<boolean[]> {
  if (positions.length === 0) return [];
  const { schema, group = '', topic, partition } = options;
  const shards = [...new Set(positions.map((position) => position.shard))].toSorted();
  const { rows } = await client.query<OutboxPosition>({
    name: `watermarks_${schema}`,
    text: `select shard, sequence from ${schema}.outbox_watermark
           where group_name = $1 and topic = $2 and partition = $3 and shard = any($4::text[])`,
    values: [group, topic, partition, shards],
  });
  const before = new Map(rows.map((row) => [row.shard, row.sequence]));
  const after = new Map(before);
  const isNew = positions.map(({ shard, sequence }) => {
    if (sequence <= (after.get(shard) ?? 0)) return false;
    after.set(shard, sequence);
    return true;
  });
  const moved = shards.filter((shard) => after.get(shard) !== before.get(shard));
  if (moved.length > 0) {
    await client.query({
      name: `watermark_${schema}`,
      text: `insert into ${schema}.outbox_watermark (group_name, topic, partition, shard, sequence)
             select $1, $2, $3, shard, sequence from unnest($4::text[], $5::bigint[]) as moved (shard, sequence)
             on conflict (group_name, topic, partition, shard) do update set sequence = excluded.sequence`,
      values: [group, topic, partition, moved, moved.map((shard) => after.get(shard))],
    });
  }
  return isNew;
}
