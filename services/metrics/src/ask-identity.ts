/** Asks identity over its public API which profile holds an identifier: metrics knows ids only. */
import { AppError } from '@throughline/contracts';
import { z } from 'zod';

/** The profile's id; null where there is none. @param authorization of the request: identity decides what it may see */
export type FindProfileByIdentifier = (
  reference: string,
  authorization: string | undefined,
) => Promise<string | null>;

const timeoutMs = 5_000;
const answerSchema = z.object({ profiles: z.record(z.string(), z.object({ id: z.uuid() }).nullable()) });

/** @param url where identity answers */
export function createFindProfile(url: string): FindProfileByIdentifier {
  /** @throws AppError forbidden, identity_unavailable */
  return async (reference, authorization) => {
    const response = await ask(url, reference, authorization);
    if (response.status === 403)
      throw new AppError('forbidden', 'the key may not look up profiles in identity');
    if (response.status === 400) return null;
    if (!response.ok) throw unavailable(`identity answers ${response.status}`);
    const answer = answerSchema.safeParse(await response.json());
    if (!answer.success) throw unavailable('the answer of identity cannot be read');
    return answer.data.profiles[reference]?.id ?? null;
  };
}

async function ask(url: string, reference: string, authorization: string | undefined): Promise<Response> {
  try {
    return await fetch(new URL('/v1/profiles/lookup', url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({ refs: [reference] }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw unavailable('identity cannot be reached', error);
  }
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('identity_unavailable', `${message}: ask with an id, or later`, { cause });
}
