/**
 * Puts a generation that is complete in the place of the one in use, with no batch in work. Both begin an epoch at the same
 * moment: what is asked for before it is answered by the one, and from it on by the other.
 */
import type { PoolClient } from 'pg';
import type { ReportingCalendar } from '../core/calendar.ts';
import { beginEpoch, findCurrentEpoch } from './enter-epoch.ts';
import { insertJourneyChangeOfAll } from './journey-changes.ts';

export interface SwitchedGeneration {
  generation: number;
  calendar: ReportingCalendar;
}

export async function switchGenerations(
  client: PoolClient,
  from: SwitchedGeneration,
  to: SwitchedGeneration,
): Promise<void> {
  const epochs: { generation: number; number: number }[] = [];
  let closedAtLeast = Number.NEGATIVE_INFINITY;
  for (const place of [from, to]) {
    const { generation } = place;
    await client.query(`select pg_advisory_xact_lock(hashtext('throughline metrics epoch'), $1::int)`, [
      generation,
    ]);
    const { number } = await beginEpoch(
      client,
      { ...place, closedAtLeast },
      await findCurrentEpoch(client, generation),
    );
    // What was closed stays closed: changes of it are restatements before and after.
    closedAtLeast = (await findCurrentEpoch(client, generation))?.closedThrough ?? closedAtLeast;
    epochs.push({ generation, number });
  }
  const { rows } = await client.query<{ at: Date }>(
    `select max(began_at) as at from metrics.epoch
     where (generation, number) in (select * from unnest($1::smallint[], $2::bigint[]))`,
    [epochs.map(({ generation }) => generation), epochs.map(({ number }) => number)],
  );
  const at = rows[0]?.at.toISOString();
  await client.query(
    `update metrics.epoch set began_at = $3
     where (generation, number) in (select * from unnest($1::smallint[], $2::bigint[]))`,
    [epochs.map(({ generation }) => generation), epochs.map(({ number }) => number), at],
  );
  // In this order: one generation is in use at a time.
  await client.query(`update metrics.generation set state = 'retired', current_until = $2 where id = $1`, [
    from.generation,
    at,
  ]);
  await client.query(
    `update metrics.generation set state = 'current', current_from = $2, first_epoch = $3 where id = $1`,
    [to.generation, at, epochs[1]?.number],
  );
  await client.query(
    `insert into metrics.class_bound (generation, currency, class, day, net, profile)
     select $2, currency, class, day, net, profile from metrics.class_bound where generation = $1`,
    [from.generation, to.generation],
  );
  // Every profile may be elsewhere in its journey by the new definitions.
  await insertJourneyChangeOfAll(client);
}
