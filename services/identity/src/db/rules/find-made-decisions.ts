/** Decisions, for a version of the rules that is worked out: one after the other, or one by its id. */
import type { PoolClient } from 'pg';
import type { Decision } from '../../core/decision.ts';
import { isoTimestamps } from '../iso-timestamps.ts';

const zeroId = '00000000-0000-0000-0000-000000000000';

/** With the sides as it was made, by the ids of that time. */
export type MadeDecision = Decision & { madeSides: string[][]; withdrawn: boolean };

const columns = `id, kind, made_at as "madeAt", sides, made_sides as "madeSides", withdrawn_at is not null as withdrawn`;

/** By id. */
export async function findMadeDecisions(
  client: PoolClient,
  after: string | null,
  limit: number,
): Promise<MadeDecision[]> {
  const { rows } = await client.query<MadeDecision>({
    text: `select ${columns} from identity.decision where id > $1 order by id limit $2`,
    values: [after ?? zeroId, limit],
    types: isoTimestamps,
  });
  return rows;
}

export async function findMadeDecision(client: PoolClient, id: string): Promise<MadeDecision | null> {
  const { rows } = await client.query<MadeDecision>({
    text: `select ${columns} from identity.decision where id = $1`,
    values: [id],
    types: isoTimestamps,
  });
  return rows[0] ?? null;
}
