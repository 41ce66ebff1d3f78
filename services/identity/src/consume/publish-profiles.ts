/**
 * Publishes a page of the change feed: the profiles that hold the identifiers which changes have named, as they are now. A
 * profile that changed several times since the page before is published once. It is a transaction of its own, in one snapshot
 * that is taken before the lock: what commits later names its identifiers again, so the last state always follows.
 */
import { type ProfileChanged, topics } from '@throughline/contracts';
import { type OutboxRecord, partitionOfKey } from '@throughline/event-log';
import { retryTransaction } from '@throughline/postgres';
import { nextVersion } from '../core/publication.ts';
import { takeChangedMembers } from '../db/changed-members.ts';
import { findProfileIds } from '../db/find-profile-roots.ts';
import { findProfileStates, type FoundState } from '../db/find-profile-states.ts';
import { findPublished, lockFeedHead, saveFeedEntries } from '../db/profile-feed.ts';
import type { PoolClient } from 'pg';
import { clockMicroseconds } from './clock.ts';
import type { IdentityContext } from './identity-context.ts';

/** Changes a page. A page costs about as much as a batch of as many new customers. */
const pageSize = 500;

/** The outbox shard of all pages: one is published at a time. */
const feedShard = 'profiles';

export interface PublishedPage {
  profiles: number;
  /** There may be more to publish at once. */
  isFull: boolean;
}

const nothing: PublishedPage = { profiles: 0, isFull: false };

export async function publishProfiles(
  context: Pick<IdentityContext, 'pool' | 'outbox' | 'profilesPartitions'>,
): Promise<PublishedPage> {
  const page = await retryTransaction(context.pool, async (client) => {
    await client.query('set transaction isolation level repeatable read');
    const head = await lockFeedHead(client);
    if (head === null) return nothing;
    const taken = await takeChangedMembers(client, pageSize);
    const isFull = taken.length === pageSize;
    const states = await findChangedStates(client, [...new Set(taken)].toSorted());
    if (states.length === 0) return { profiles: 0, isFull };
    const at = new Date().toISOString();
    const first = nextVersion(head.version, clockMicroseconds());
    const versioned = states.map((state, place) => ({ ...state, version: first + place, at }));
    await saveFeedEntries(
      client,
      versioned.map(({ profile, version, state }) => ({ profile, version, ended: state !== 'live' })),
      at,
    );
    await context.outbox.write(
      client,
      feedShard,
      versioned.map((state) =>
        profileRecord({ kind: 'profile.changed', ...state }, context.profilesPartitions),
      ),
    );
    return { profiles: states.length, isFull };
  });
  if (page.profiles > 0) context.outbox.nudge();
  return page;
}

/** Of what ended, only what was published. */
async function findChangedStates(client: PoolClient, members: readonly string[]): Promise<FoundState[]> {
  if (members.length === 0) return [];
  const profileOf = await findProfileIds(client, members);
  const concerned = [...new Set([...profileOf.values(), ...members])].toSorted();
  const published = await findPublished(client, concerned);
  const holders = new Set(profileOf.values());
  const profiles = concerned.filter((id) => holders.has(id) || published.has(id));
  for (const holder of holders) profileOf.set(holder, holder);
  const states = await findProfileStates(client, profiles, profileOf);
  return states.filter(({ profile, state }) => state === 'live' || published.has(profile));
}

function profileRecord(record: ProfileChanged, partitions: number): OutboxRecord {
  return {
    topic: topics.profiles,
    key: record.profile,
    partition: partitionOfKey(record.profile, partitions),
    value: (position) => JSON.stringify(position === null ? record : { ...record, ...position }),
  };
}
