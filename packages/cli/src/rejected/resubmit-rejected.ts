/** Has ingest decide rejected items again, one after the other: an item is a request of its own. */
import { z } from 'zod';
import { readAnswer, ServiceRefusal } from '../ask-service.ts';
import type { IngestAccess } from './find-rejected.ts';

export interface ResubmitOutcome {
  rejectionId: string;
  /** `refused` is decided as before, by the codes; `failed` is not decided, and why. */
  result: 'accepted' | 'refused' | 'failed';
  reason: string | null;
}

const replayedSchema = z.object({
  accepted: z.int(),
  rejected: z.array(
    z.object({ code: z.string(), field: z.string().default(''), message: z.string().default('') }),
  ),
});

/** Never throws for one of them: the others are worth trying. */
export async function resubmitRejected(
  { ingestUrl, key, timeoutMs }: IngestAccess,
  rejectionId: string,
  dryRun: boolean,
): Promise<ResubmitOutcome> {
  const url = `${ingestUrl}/v1/rejected/${encodeURIComponent(rejectionId)}/replay${dryRun ? '?dryRun=true' : ''}`;
  try {
    const { accepted, rejected } = await readAnswer({ method: 'POST', url, key, timeoutMs }, replayedSchema);
    if (accepted > 0) return { rejectionId, result: 'accepted', reason: null };
    const reasons = rejected.map(({ code, field, message }) =>
      [code, field, message].filter((part) => part !== '').join(': '),
    );
    return { rejectionId, result: 'refused', reason: reasons.join('; ') };
  } catch (error) {
    if (!(error instanceof ServiceRefusal)) throw error;
    return { rejectionId, result: 'failed', reason: error.message };
  }
}
