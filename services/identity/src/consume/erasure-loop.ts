/** Carries out erasures one page after the other, beside the batches. A request wakes it. */
import { loggableError, type Logger } from '@throughline/runtime';
import { startWorkLoop, type WorkLoop } from '@throughline/timing';
import type { EraseCopies } from '../ask-ingest.ts';
import { idleRestMs } from './idle-rest.ts';
import type { IdentityContext } from './identity-context.ts';
import { workOffErasure } from './work-off-erasures.ts';

export function startErasureLoop(
  context: IdentityContext,
  eraseCopies: EraseCopies,
  logger: Logger,
): WorkLoop {
  return startWorkLoop(async () => {
    try {
      const worked = await workOffErasure(context, eraseCopies);
      if (worked) context.summary.count('erasurePages');
      return worked ? 0 : idleRestMs;
    } catch (error) {
      logger.warn(
        { event: 'erasure.failed', err: loggableError(error) },
        'a page of an erasure failed; it is retried after a while',
      );
      return idleRestMs;
    }
  });
}
