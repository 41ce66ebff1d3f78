/** Dead letters that mention an erased person: their bytes and their messages go, whatever could not be processed about them. */
import type { PoolClient } from 'pg';

export interface ErasedLetters {
  removed: number;
  /** The last letter that was looked at; null after the last one. */
  next: number | null;
}

const pageSize = 200;

/** Looks at one page of the letters after `after`. */
export async function eraseDeadLetters(
  client: Pick<PoolClient, 'query'>,
  { schema, after, isMentioned }: { schema: string; after: number; isMentioned: (value: string) => boolean },
): Promise<ErasedLetters> {
  const { rows } = await client.query<{ id: string; value: Buffer }>(
    `select id, value from ${schema}.dead_letter where id > $1 order by id limit $2`,
    [after, pageSize],
  );
  const mentioned = rows.filter(({ value }) => isMentioned(value.toString('utf8'))).map(({ id }) => id);
  if (mentioned.length > 0) {
    await client.query(`delete from ${schema}.dead_letter where id = any($1::bigint[])`, [mentioned]);
  }
  const last = rows.at(-1);
  return {
    removed: mentioned.length,
    next: rows.length < pageSize || last === undefined ? null : Number(last.id),
  };
}
