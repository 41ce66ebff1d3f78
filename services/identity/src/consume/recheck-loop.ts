/** Works off rechecks one page after the other, beside the batches. A batch that leaves rechecks wakes it. */
import type { Logger } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import { idleRestMs } from './idle-rest.ts';
import type { IdentityContext } from './identity-context.ts';
import { workOffRecheck } from './work-off-rechecks.ts';

export function startRecheckLoop(context: IdentityContext, logger: Logger): WorkLoop {
  return startWorkLoop(async () => {
    try {
      const worked = await workOffRecheck(context);
      if (worked) context.summary.count('recheckPages');
      return worked ? 0 : idleRestMs;
    } catch (error) {
      logger.warn({ event: 'recheck.failed', err: error }, 'a recheck failed; it is retried after a while');
      return idleRestMs;
    }
  });
}
