/**
 * Writes an erasure down: its time, the identifiers that it takes, and what was shared then. All that follows is a function of
 * these, whatever arrives later, so the transaction is short and the work is a job.
 */
import { AppError, foldMention } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { explainPersons } from '../core/explain-persons.ts';
import { firmPersons } from '../core/firm-extent.ts';
import { claimDecisionTime } from '../db/claim-decision-time.ts';
import { findProfileIds, findProfileRoots, personsOf } from '../db/find-profile-roots.ts';
import { readGraph } from '../db/read-graph.ts';
import type { DecidedBy } from '../db/save-decision.ts';
import {
  completeErasure,
  endSuppression,
  insertConfirmedExtent,
  insertErasure,
  insertProfileExtent,
  lockErasure,
} from '../db/save-erasure.ts';
import type { IdentityContext } from './identity-context.ts';

export interface RequestedErasure {
  /** The current id of a profile. */
  profile: string;
  suppresses: boolean;
  /** Whether what is linked by public evidence alone is confirmed. */
  includesPublic: boolean;
  by: DecidedBy;
}

/**
 * Returns the id of the erasure.
 * @throws AppError profile_not_found, profile_moved
 */
export async function beginErasure(context: IdentityContext, requested: RequestedErasure): Promise<string> {
  const id = randomUUID();
  const { profile, suppresses, includesPublic, by } = requested;
  await retryTransaction(context.pool, async (client) => {
    const { version: rules } = await context.rules.enter(client);
    // Decisions wait for it, so the profile is the one that they have made.
    const at = await claimDecisionTime(client, new Date().toISOString());
    await requireCurrent(client, profile);
    const persons = personsOf(await findProfileRoots(client, [profile]));
    const { joined } = await readGraph(client, explainPersons(persons, context.rules.current.limits));
    const own = new Set(persons);
    const firm = firmPersons(profile, joined).filter((person) => person === profile || own.has(person));
    await insertErasure(client, { id, at, profile, follows: null, suppresses, rules, by });
    await insertProfileExtent(client, { erasure: id, profile, firm, everything: includesPublic });
    await completeErasure(client, id, foldMention);
  });
  return id;
}

async function requireCurrent(client: PoolClient, profile: string): Promise<void> {
  const current = (await findProfileIds(client, [profile])).get(profile);
  if (current === undefined)
    throw new AppError('profile_not_found', 'no profile has this id', { field: 'id' });
  if (current === profile) return;
  throw new AppError('profile_moved', 'another profile holds this identifier now: erase that one', {
    field: 'id',
    profile: current,
  });
}

/**
 * Takes identifiers that an erasure has left to be confirmed: an erasure of its own, of them alone.
 * @param identifiers null for all
 * @throws AppError erasure_not_found; invalid_parameter where none of them waits
 */
export async function confirmErasure(
  context: IdentityContext,
  { erasure, identifiers, by }: { erasure: string; identifiers: readonly string[] | null; by: DecidedBy },
): Promise<string> {
  const id = randomUUID();
  await retryTransaction(context.pool, async (client) => {
    const { version: rules } = await context.rules.enter(client);
    const at = await claimDecisionTime(client, new Date().toISOString());
    const first = await lockErasure(client, erasure);
    if (first === null) throw new AppError('erasure_not_found', '');
    const { profile, suppresses } = first;
    await insertErasure(client, { id, at, profile, follows: erasure, suppresses, rules, by });
    const taken = await insertConfirmedExtent(client, { erasure: id, follows: erasure, identifiers });
    if (taken === 0) {
      throw new AppError('invalid_parameter', 'none of these waits for a confirmation', {
        field: 'identifiers',
        expected: 'ids of `unconfirmed` of the erasure',
      });
    }
    await completeErasure(client, id, foldMention);
  });
  return id;
}

/** False when there is no suppression that lasts. */
export async function liftSuppression(context: IdentityContext, erasure: string): Promise<boolean> {
  return await endSuppression(context.pool, erasure, new Date().toISOString());
}
