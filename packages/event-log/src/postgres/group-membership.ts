/**
 * Which member of a group consumes which partition: rows with a lease. Leases make it unlikely that two members work on
 * one partition at a time; that it does no harm when they do is the consumer's fence.
 */
import { retryTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';

export interface GroupMember {
  pool: Pool;
  schema: string;
  group: string;
  member: string;
  topics: readonly string[];
  leaseMs: number;
  /** Whether this member's advisory lock is held now. */
  isGuarded: () => boolean;
}

export interface Lease {
  topic: string;
  partition: number;
  epoch: number;
}

export interface Renewal {
  /** What this member owns now, new claims included. */
  leases: Lease[];
  /** How many of them are more than its fair share. */
  surplus: number;
}

/**
 * Says that this member lives, prolongs its leases, and claims what is free up to its fair share: partitions divided by
 * living members, the remainder to the first of them by name.
 */
export async function renewMembership(self: GroupMember): Promise<Renewal> {
  return await retryTransaction(self.pool, async (client) => {
    const fairShare = await countFairShare(client, self);
    const owned = await prolongLeases(client, self);
    const claimed = await claimFree(client, self, fairShare - owned.length);
    return { leases: [...owned, ...claimed], surplus: Math.max(0, owned.length - fairShare) };
  });
}

async function countFairShare(client: PoolClient, self: GroupMember): Promise<number> {
  const { schema, group, member, topics, leaseMs } = self;
  await client.query(
    `insert into ${schema}.group_member (group_name, member, expires_at, guarded)
     values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond', $4)
     on conflict (group_name, member) do update set expires_at = excluded.expires_at, guarded = excluded.guarded`,
    [group, member, leaseMs, self.isGuarded()],
  );
  // The lock shows within a renewal that a process was killed; the lease, that one is stopped or cut off.
  // SKIP LOCKED: two members that were both paused would wait for each other's row.
  await client.query(
    `delete from ${schema}.group_member where (group_name, member) in (
       select group_name, member from ${schema}.group_member
       where group_name = $1 and member <> $2 and (expires_at < clock_timestamp()
         or (guarded and pg_try_advisory_xact_lock_shared(hashtext($3), hashtext(member))))
       for update skip locked)`,
    [group, member, schema],
  );
  // This member too, whose lease may have ended between these statements on a machine that is busy.
  const { rows } = await client.query<{ partitions: number; members: string[] }>(
    `select (select count(*) from ${schema}.partition_head where topic = any($2::text[])) as partitions,
       (select array_agg(member order by member) from ${schema}.group_member
        where group_name = $1 and (member = $3 or expires_at >= clock_timestamp())) as members`,
    [group, topics, member],
  );
  const { partitions = 0, members = [] } = rows[0] ?? {};
  const rank = Math.max(0, members.indexOf(member));
  const count = Math.max(1, members.length);
  return Math.floor(partitions / count) + (rank < partitions % count ? 1 : 0);
}

async function prolongLeases(client: PoolClient, self: GroupMember): Promise<Lease[]> {
  const { rows } = await client.query<Lease>(
    `update ${self.schema}.group_lease set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
     where group_name = $1 and member = $2 returning topic, partition, epoch`,
    [self.group, self.member, self.leaseMs],
  );
  return rows;
}

/** Of the two halves of a topic in turns: a member gets its share of each class of traffic. */
async function claimFree(client: PoolClient, self: GroupMember, count: number): Promise<Lease[]> {
  if (count <= 0) return [];
  await client.query(
    `insert into ${self.schema}.group_lease (group_name, topic, partition)
     select $1, h.topic, h.partition from ${self.schema}.partition_head h
     where h.topic = any($2::text[]) and not exists (select 1 from ${self.schema}.group_lease l
       where l.group_name = $1 and l.topic = h.topic and l.partition = h.partition)
     order by 1, 2, 3 on conflict do nothing`,
    [self.group, self.topics],
  );
  const { rows } = await client.query<Lease>(
    `update ${self.schema}.group_lease l
     set member = $3, epoch = l.epoch + 1, expires_at = clock_timestamp() + $4 * interval '1 millisecond'
     from (select topic, partition from ${self.schema}.group_lease candidate
           where group_name = $1 and topic = any($2::text[]) and (member is null or expires_at < clock_timestamp()
             or not exists (select 1 from ${self.schema}.group_member m
                            where m.group_name = candidate.group_name and m.member = candidate.member))
           order by topic,
             partition % (select greatest(1, (partitions + 1) / 2) from ${self.schema}.topic where name = topic), partition
           limit $5 for update skip locked) free
     where l.group_name = $1 and l.topic = free.topic and l.partition = free.partition
     returning l.topic, l.partition, l.epoch`,
    [self.group, self.topics, self.member, self.leaseMs, count],
  );
  return rows;
}

/** Gives up a lease, if it is still this member's. */
export async function releaseLeases(self: GroupMember, leases: readonly Lease[]): Promise<void> {
  await self.pool.query(
    `update ${self.schema}.group_lease l set member = null, expires_at = '-infinity'
     from unnest($3::text[], $4::int[], $5::bigint[]) as given (topic, partition, epoch)
     where l.group_name = $1 and l.member = $2
       and l.topic = given.topic and l.partition = given.partition and l.epoch = given.epoch`,
    [
      self.group,
      self.member,
      leases.map((l) => l.topic),
      leases.map((l) => l.partition),
      leases.map((l) => l.epoch),
    ],
  );
}

/** Leaves at once: whatever it owns is free. The member's row first, as in a renewal, or the two could deadlock. */
export async function leaveGroup(self: GroupMember): Promise<void> {
  const { pool, schema, group, member } = self;
  await retryTransaction(pool, async (client) => {
    await client.query(`delete from ${schema}.group_member where group_name = $1 and member = $2`, [
      group,
      member,
    ]);
    await client.query(
      `update ${schema}.group_lease set member = null, expires_at = '-infinity' where group_name = $1 and member = $2`,
      [group, member],
    );
  });
}

/** What living members of the group own: leases that have not run out. */
export async function findOwned(
  pool: Pool,
  schema: string,
  group: string,
  topics: readonly string[],
): Promise<{ topic: string; partition: number }[]> {
  const { rows } = await pool.query<{ topic: string; partition: number }>(
    `select topic, partition from ${schema}.group_lease
     where group_name = $1 and topic = any($2::text[]) and member is not null and expires_at >= clock_timestamp()`,
    [group, topics],
  );
  return rows;
}
