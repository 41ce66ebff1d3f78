/** A page of the change feed, with each profile as it is now: at least as new as its version says. */
import type { ProfileState } from '@throughline/contracts';
import type { Pool } from 'pg';
import { findProfileIds } from './find-profile-roots.ts';
import { findProfileStates } from './find-profile-states.ts';
import { type FeedHead, findFeedHead, findFeedPage } from './profile-feed.ts';
import { inSnapshot } from './in-snapshot.ts';

export interface FeedChanges {
  items: ProfileState[];
  head: FeedHead;
}

/** All of one moment. */
export async function findFeedChanges(pool: Pool, after: number, limit: number): Promise<FeedChanges> {
  return await inSnapshot(pool, async (client) => {
    const head = await findFeedHead(client);
    const page = await findFeedPage(client, after, limit);
    if (page.length === 0) return { items: [], head };
    const profiles = page.map(({ profile }) => profile);
    const states = await findProfileStates(client, profiles, await findProfileIds(client, profiles));
    const stateOf = new Map(states.map((state) => [state.profile, state]));
    const items = page.flatMap(({ profile, version, at }) => {
      const state = stateOf.get(profile);
      return state === undefined ? [] : [{ ...state, version, at }];
    });
    return { items, head };
  });
}
