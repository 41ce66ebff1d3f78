/** Decisions in force by what a version in work calls identifiers. */
import type { PoolClient } from 'pg';
import type { Decision } from '../../core/decision.ts';
import { insertDecision } from '../save-decision.ts';
import { withTableSet } from './set-of-tables.ts';

/** Again, it is the same. */
export async function saveDraftDecision(client: PoolClient, decision: Decision): Promise<void> {
  await deleteDraftDecision(client, decision.id);
  const made = { note: '', by: { key: '', author: null } };
  await insertDecision(withTableSet(client, 'draft'), decision, made);
}

export async function deleteDraftDecision(client: PoolClient, id: string): Promise<void> {
  await client.query('delete from identity.draft_decision_identifier where decision_id = $1', [id]);
  await client.query('delete from identity.draft_decision where id = $1', [id]);
}
