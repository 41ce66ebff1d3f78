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
}

export interface ReceivedPosition extends OutboxPosition {
  /** Of the topic that it was received from. */
  partition: number;
}

/**
 * For each position, in the order of the log, whether it is new; advances the watermarks. To be called inside
 * `consumeInTransaction`, whose lock keeps others off the partitions' watermarks.
 *
 * One number per shard is enough because a shard's records come to a partition in ascending order, whichever relay
 * sends them: each begins at the committed cursor, so a repeat never skips what was not sent before.
 */
export async function dropRepeats(
  client: PoolClient,
  { schema, group = '', topic }: DropRepeatsOptions,
  positions: readonly ReceivedPosition[],
): Promise<boolean[]> {
  if (positions.length === 0) return [];
  const places = [...new Map(positions.map((position) => [placeOf(position), position])).entries()]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, { partition, shard }]) => ({ partition, shard }));
  const { rows } = await client.query<ReceivedPosition>({
    name: `watermarks_${schema}`,
    text: `select partition, shard, sequence
           from unnest($3::int[], $4::text[]) as asked (partition, shard)
           join ${schema}.outbox_watermark using (partition, shard)
           where group_name = $1 and topic = $2`,
    values: [group, topic, places.map(({ partition }) => partition), places.map(({ shard }) => shard)],
  });
  const before = new Map(rows.map((row) => [placeOf(row), row.sequence]));
  const after = new Map(before);
  const isNew = positions.map((position) => {
    const place = placeOf(position);
    if (position.sequence <= (after.get(place) ?? 0)) return false;
    after.set(place, position.sequence);
    return true;
  });
  const moved = places.filter((place) => after.get(placeOf(place)) !== before.get(placeOf(place)));
  if (moved.length > 0) {
    await client.query({
      name: `watermark_${schema}`,
      text: `insert into ${schema}.outbox_watermark (group_name, topic, partition, shard, sequence)
             select $1, $2, partition, shard, sequence
             from unnest($3::int[], $4::text[], $5::bigint[]) as moved (partition, shard, sequence)
             on conflict (group_name, topic, partition, shard) do update set sequence = excluded.sequence`,
      values: [
        group,
        topic,
        moved.map(({ partition }) => partition),
        moved.map(({ shard }) => shard),
        moved.map((place) => after.get(placeOf(place))),
      ],
    });
  }
  return isNew;
}

function placeOf({ partition, shard }: { partition: number; shard: string }): string {
  return `${partition} ${shard}`;
}
