/** Examples of what brought changes of some hours about. */
import type { Pool } from 'pg';

const perCause = 5;

/** By `<hour in ms> <cause>`. */
export async function readReasons(
  pool: Pool,
  generation: number,
  hours: readonly number[],
): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ hour: Date; cause: string; reason: string }>(
    `select hour, cause, reason
     from unnest($2::timestamptz[]) as asked (hour)
     cross join (values ('merge'), ('split'), ('withdrawal'), ('shared_identifier'), ('erasure'), ('policy')) as causes (cause)
     cross join lateral (
       select reason from metrics.change_reason as known
       where known.generation = $1 and known.hour = asked.hour and known.cause = causes.cause
       order by reason limit $3) as examples`,
    [generation, hours.map((hour) => new Date(hour).toISOString()), perCause],
  );
  const reasons = new Map<string, string[]>();
  for (const { hour, cause, reason } of rows) {
    const name = `${hour.getTime()} ${cause}`;
    reasons.set(name, [...(reasons.get(name) ?? []), reason]);
  }
  return reasons;
}
