/** Asks ingest, over its public API, to remove the copies that it keeps of an erased person: rejected items and dead letters. */
import { type ErasedCopies, erasedCopiesSchema, type ErasedCopiesQuestion } from '@throughline/contracts';

/** @throws Error that says why they could not be removed: to be tried again */
export type EraseCopies = (question: ErasedCopiesQuestion & { erasure: string }) => Promise<ErasedCopies>;

const timeoutMs = 30_000;

/** @param ingest its address and an admin key */
export function createEraseCopies({ url, key }: { url: string; key: string | undefined }): EraseCopies {
  return async ({ erasure, ...question }) => {
    if (key === undefined) throw new Error('THROUGHLINE_ADMIN_KEY is not set, and ingest needs one');
    const response = await fetch(new URL(`/v1/erasures/${erasure}/copies`, url), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(question),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new Error('ingest cannot be reached', { cause: error });
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`ingest answers ${response.status}`);
    }
    return erasedCopiesSchema.parse(await response.json());
  };
}
