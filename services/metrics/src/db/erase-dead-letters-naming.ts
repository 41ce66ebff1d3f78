/** Dead letters of records that are about what an erasure took. */
import { eraseDeadLetters } from '@throughline/event-log';
import type { PoolClient } from 'pg';

/** @param ids keys of touchpoints and ids of identifiers. Returns how many there were. */
export async function eraseDeadLettersNaming(client: PoolClient, ids: readonly string[]): Promise<number> {
  let removed = 0;
  for (let after: number | null = 0; after !== null;) {
    const page = await eraseDeadLetters(client, {
      schema: 'metrics',
      after,
      isMentioned: (value) => ids.some((id) => value.includes(id)),
    });
    removed += page.removed;
    after = page.next;
  }
  return removed;
}
