/** What operators wrote about withdrawals of evidence that name an erased person or one of its touchpoints. The withdrawals stay. */
import { textArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

/** Of withdrawals of a link that one of these is an end of. */
export async function forgetNotesAbout(client: PoolClient, identifiers: readonly string[]): Promise<void> {
  await client.query({
    text: `with about as (
             update identity.withdrawal set note = '' where link && $1::uuid[] returning ruleset, undone_by
           )
           update identity.ruleset r set note = '' from about where r.version in (about.ruleset, about.undone_by)`,
    values: [uuidArray(identifiers)],
  });
}

/** Of withdrawals of one touchpoint, which has gone: its id goes too, and the withdrawal selects nothing any more. */
export async function forgetNotesOfTouchpoints(
  client: PoolClient,
  touchpoints: readonly { source: string; id: string }[],
): Promise<void> {
  if (touchpoints.length === 0) return;
  await client.query({
    text: `with about as (
             update identity.withdrawal w set note = '', touchpoint = ''
             from unnest($1::text[], $2::text[]) as t (source, id)
             where w.source = t.source and w.touchpoint = t.id returning w.ruleset, w.undone_by
           )
           update identity.ruleset r set note = '' from about where r.version in (about.ruleset, about.undone_by)`,
    values: [textArray(touchpoints.map(({ source }) => source)), textArray(touchpoints.map(({ id }) => id))],
  });
}
