/** Decisions in force that name any of these identifiers. */
import { uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import type { Decision } from '../core/decision.ts';
import { isoTimestamps } from './iso-timestamps.ts';

export async function loadDecisionsNaming(client: PoolClient, ids: readonly string[]): Promise<Decision[]> {
  const { rows } = await client.query<{
    id: string;
    kind: Decision['kind'];
    made_at: string;
    sides: string[][];
  }>({
    name: 'load-decisions-naming',
    text: `select id, kind, made_at, sides from identity.decision where withdrawn_at is null and id in
             (select decision_id from identity.decision_identifier where identifier = any($1::uuid[]))`,
    values: [uuidArray(ids)],
    types: isoTimestamps,
  });
  return rows.map(({ id, kind, made_at, sides }) => ({ id, kind, madeAt: made_at, sides }));
}
