/** Changes of the shares of profiles since an epoch, in the order in which they happened. */
import type { Pool } from 'pg';
import type { ShareChange } from '../core/share-changes.ts';

/** The first columns are null where nothing that was read is of the series. */
interface Row {
  read: number;
  profile: string | null;
  renamedTo: string | null;
  series: number[];
  days: number[];
  amounts: number[];
}

/** Rows that are read for an answer. */
export const maxShareChanges = 50_000;

/** @param series of the database; new ids of profiles are always read. Null where there are more changes than are read. */
export async function readShareChanges(
  pool: Pool,
  generation: number,
  { epoch, series }: { epoch: number; series: readonly number[] },
): Promise<ShareChange[] | null> {
  const { rows } = await pool.query<Row>(
    `with read as materialized (
       select * from metrics.share_change where generation = $1 and epoch >= $2 order by epoch, id limit $4)
     select (select count(*)::int from read) as read, profile, renamed_to as "renamedTo", series, days, amounts
     from (values (0)) as always left join read on renamed_to is not null or series && $3::int[]
     order by id`,
    [generation, epoch, series, maxShareChanges + 1],
  );
  if ((rows[0]?.read ?? 0) > maxShareChanges) return null;
  return rows.flatMap(({ profile, renamedTo, series: changed, days, amounts }): ShareChange[] => {
    if (profile === null) return [];
    return [
      renamedTo === null ? { profile, renamedTo, series: changed, days, amounts } : { profile, renamedTo },
    ];
  });
}
