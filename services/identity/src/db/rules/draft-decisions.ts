/** Decisions by what a version in work calls identifiers. */
import type { PoolClient } from 'pg';
import type { Decision } from '../../core/decision.ts';
import { insertDecision } from '../save-decision.ts';
import { withTableSet } from './set-of-tables.ts';

/**
 * Again, it is the same.
 * @param decision a withdrawn one has no effect; it is kept for its names
 */
export async function saveDraftDecision(
  client: PoolClient,
  { withdrawn, ...decision }: Decision & { withdrawn: boolean },
): Promise<void> {
  await deleteDraftDecision(client, decision.id);
  const made = { note: '', by: { key: '', author: null } };
  await insertDecision(withTableSet(client, 'draft'), decision, made);
  if (!withdrawn) return;
  await client.query('update identity.draft_decision set withdrawn_at = made_at where id = $1', [
    decision.id,
  ]);
}

export async function deleteDraftDecision(client: PoolClient, id: string): Promise<void> {
  await client.query('delete from identity.draft_decision_identifier where decision_id = $1', [id]);
  await client.query('delete from identity.draft_decision where id = $1', [id]);
}

const isCalledOtherwise = 'n.id = d.id and n.sides <> d.sides';

/**
 * All decisions by what the version that is put in force calls what they name. A few statements, whatever their number, because
 * everything that resolves waits meanwhile; and whole tables are joined, which plans for lookups by key are no good for.
 */
export async function renameDecisions(client: PoolClient): Promise<void> {
  await client.query('set local enable_seqscan = on; set local enable_hashjoin = on');
  await client.query(
    `delete from identity.decision_identifier named using identity.decision d, identity.draft_decision n
     where named.decision_id = d.id and ${isCalledOtherwise}`,
  );
  await client.query(
    `insert into identity.decision_identifier (identifier, decision_id)
     select named.identifier, named.decision_id from identity.draft_decision_identifier named
     join identity.decision d on d.id = named.decision_id join identity.draft_decision n on ${isCalledOtherwise}`,
  );
  await client.query(
    `update identity.decision d set sides = n.sides from identity.draft_decision n where ${isCalledOtherwise}`,
  );
  await client.query('set local enable_seqscan to default; set local enable_hashjoin to default');
}
