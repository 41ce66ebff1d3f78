/** That another body came under a taken id, once for each body. */
import { plainArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';

export interface TouchpointConflict {
  key: string;
  bodyHash: string;
  receivedAt: string;
  requestId: string;
}

/** Returns those that were not known before. */
export async function saveConflicts<T extends TouchpointConflict>(
  client: PoolClient,
  conflicts: readonly T[],
): Promise<T[]> {
  if (conflicts.length === 0) return [];
  const byBody = new Map(conflicts.map((one) => [bodyOf(one), one]));
  const sorted = [...byBody.values()].toSorted((left, right) => (bodyOf(left) < bodyOf(right) ? -1 : 1));
  const { rows } = await client.query<{ key: string; body_hash: string }>({
    name: 'save-conflicts',
    text: `insert into identity.touchpoint_conflict (key, body_hash, received_at, request_id)
           select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
           on conflict (key, body_hash) do nothing returning key, body_hash`,
    values: [
      plainArray(sorted.map((one) => one.key)),
      sorted.map((one) => one.bodyHash),
      plainArray(sorted.map((one) => one.receivedAt)),
      sorted.map((one) => one.requestId),
    ],
  });
  return rows.flatMap(({ key, body_hash }) => byBody.get(bodyOf({ key, bodyHash: body_hash })) ?? []);
}

function bodyOf({ key, bodyHash }: Pick<TouchpointConflict, 'key' | 'bodyHash'>): string {
  return `${key} ${bodyHash}`;
}
