/** Operators' decisions: made and withdrawn in one transaction with everything that follows from them. */
import { clockMicroseconds } from './clock.ts';
import { retryTransaction } from '@throughline/postgres';
import { randomUUID } from 'node:crypto';
import type { Decision } from '../core/decision.ts';
import { resolve } from '../core/resolve.ts';
import { claimDecisionTime } from '../db/claim-decision-time.ts';
import { insertBacklog } from '../db/rules/backlog.ts';
import { type DecidedBy, insertDecision, lockDecision, markWithdrawn } from '../db/save-decision.ts';
import { GraphReader, type LockSet } from './graph-reader.ts';
import type { IdentityContext } from './identity-context.ts';
import { saveResolution } from './save-resolution.ts';

/** API decisions have an outbox shard of their own. */
export const decisionShard = 'decisions';

/** @param sides ids of identifiers that exist: of a merge one list, of a split two */
export async function makeDecision(
  context: IdentityContext,
  input: { kind: Decision['kind']; sides: string[][]; note: string; by: DecidedBy },
): Promise<Decision & { note: string }> {
  const id = randomUUID();
  const locks: LockSet = new Set();
  const made = await retryTransaction(context.pool, async (client) => {
    const { isCaptured } = await context.rules.enter(client);
    const madeAt = await claimDecisionTime(client, new Date().toISOString());
    const decision: Decision = { id, kind: input.kind, madeAt, sides: input.sides };
    const reader = new GraphReader(client, locks);
    await reader.lock(decision.sides.flat());
    const resolution = await reader.run(
      resolve(
        { clock: clockMicroseconds(), touchpoints: [], stored: [], revisit: [], decision },
        context.rules.current.limits,
      ),
    );
    await insertDecision(client, decision, input);
    if (isCaptured) await insertBacklog(client, 'decision', [decision.id]);
    await saveResolution(client, resolution, {
      outbox: context.outbox,
      limits: context.rules.current.limits,
      stream: { shard: decisionShard, partitions: context.resolvedPartitions, traffic: 'interactive' },
      valueOf: new Map(),
      reason: decision.id,
      origin: decision.id,
      touchpointRecords: [],
    });
    return decision;
  });
  context.outbox.nudge();
  return { ...made, note: input.note };
}

/** False when there is no such decision. One that is withdrawn already stays so. */
export async function withdrawDecision(
  context: IdentityContext,
  decisionId: string,
  by: DecidedBy,
): Promise<boolean> {
  const locks: LockSet = new Set();
  const found = await retryTransaction(context.pool, async (client) => {
    const { isCaptured } = await context.rules.enter(client);
    const withdrawnAt = await claimDecisionTime(client, new Date().toISOString());
    const decision = await lockDecision(client, decisionId);
    if (decision === null) return false;
    if (decision.withdrawn) return true;
    const reader = new GraphReader(client, locks);
    const revisit = decision.sides.flat();
    await reader.lock(revisit);
    const resolution = await reader.run(
      resolve(
        { clock: clockMicroseconds(), touchpoints: [], stored: [], revisit, withdrawn: decision.id },
        context.rules.current.limits,
      ),
    );
    await markWithdrawn(client, decision.id, { at: withdrawnAt, by });
    if (isCaptured) await insertBacklog(client, 'withdrawn', [decision.id]);
    await saveResolution(client, resolution, {
      outbox: context.outbox,
      limits: context.rules.current.limits,
      stream: { shard: decisionShard, partitions: context.resolvedPartitions, traffic: 'interactive' },
      valueOf: new Map(),
      reason: decision.id,
      origin: decision.id,
      touchpointRecords: [],
    });
    return true;
  });
  context.outbox.nudge();
  return found;
}
