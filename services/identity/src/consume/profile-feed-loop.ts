/** Publishes the change feed a few times a second, beside the batches; changes of one profile in between are one. */
import { inTransaction } from '@throughline/postgres';
import type { Logger } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import { hasChangedMembers } from '../db/changed-members.ts';
import { pruneFeed } from '../db/profile-feed.ts';
import type { IdentityContext } from './identity-context.ts';
import { publishProfiles } from './publish-profiles.ts';

/** Between two looks. The longer it is, the more changes are one, and the later readers have them. */
const restMs = 250;
const pruneEveryMs = 10 * 60_000;
const pruneLimit = 1_000;

/** Days that profiles which were merged or are gone stay in the feed: a reader that was away for longer begins again. */
export const feedRetentionDays = 30;

export function startProfileFeedLoop(context: IdentityContext, logger: Logger): Pick<WorkLoop, 'stop'> {
  let pruneAt = performance.now();

  /** True when there may be more to publish at once. */
  async function publish(): Promise<boolean> {
    try {
      if (!(await hasChangedMembers(context.pool))) return false;
      const { profiles, isFull } = await publishProfiles(context);
      context.summary.count('profilesPublished', profiles);
      return isFull;
    } catch (error) {
      logger.warn(
        { event: 'feed.failed', err: error },
        'profiles were not published; they are with the next page',
      );
      return false;
    }
  }

  async function prune(): Promise<void> {
    if (performance.now() < pruneAt) return;
    pruneAt = performance.now() + pruneEveryMs;
    try {
      await inTransaction(context.pool, (client) => pruneFeed(client, feedRetentionDays, pruneLimit));
    } catch (error) {
      logger.warn({ event: 'feed.failed', err: error }, 'ended profiles were not pruned; tried again later');
    }
  }

  return startWorkLoop(async () => {
    if (await publish()) return 0;
    await prune();
    return restMs;
  });
}
