/** A decision that is only tried: resolved as if it were made, in a snapshot, and not written. */
import type { Pool, PoolClient } from 'pg';
import {
  decidePreviewedMoves,
  type PreviewedDecision,
  triedDecisionId,
  type TriedDecision,
} from '../core/decision-preview.ts';
import { explainPersons } from '../core/explain-persons.ts';
import type { ResolutionLimits } from '../core/identifier-state.ts';
import type { RefusedJoin } from '../core/person-layer.ts';
import { resolve, type ResolutionInput } from '../core/resolve.ts';
import { findDecisionTime } from '../db/claim-decision-time.ts';
import { findAttachedCounts } from '../db/find-attached-counts.ts';
import { findProfileIds } from '../db/find-profile-roots.ts';
import { inSnapshot } from '../db/in-snapshot.ts';
import { readGraph } from '../db/read-graph.ts';
import { clockMicroseconds } from './clock.ts';

export async function previewDecision(
  pool: Pool,
  limits: ResolutionLimits,
  tried: TriedDecision,
): Promise<PreviewedDecision> {
  return await inSnapshot(pool, async (client) => {
    const named = tried.sides.flat();
    const before = await readGraph(client, explainPersons(named, limits));
    const resolution = await readGraph(client, resolve(await inputOf(client, tried), limits));
    const changed = resolution.identifiers.flatMap(({ state, original }) =>
      original === null ? [] : [{ state, original }],
    );
    const moving = new Set(resolution.changes.map(({ identifier }) => identifier));
    const ids = changed.flatMap(({ state }) => (moving.has(state.id) ? [state.id] : []));
    const profileNow = await findProfileIds(client, [...ids, ...changed.map(({ state }) => state.root)]);
    return {
      moves: decidePreviewedMoves({
        changed: changed.filter(({ state }) => moving.has(state.id)),
        attachedTo: await findAttachedCounts(client, ids),
        profileNow,
      }),
      refused: newlyRefused(before.refused, resolution.refused),
      movesInPages: resolution.rechecks.some(({ kind }) => kind === 'children'),
      cause: resolution.cause,
      memberships: resolution.memberships.flatMap(({ memberships }) => memberships),
    };
  });
}

async function inputOf(client: PoolClient, tried: TriedDecision): Promise<ResolutionInput> {
  const common = { clock: clockMicroseconds(), touchpoints: [], stored: [] };
  if (tried.kind === 'withdrawal') {
    return { ...common, revisit: tried.sides.flat(), withdrawn: tried.decision };
  }
  const madeAt = await findDecisionTime(client, new Date().toISOString());
  const { kind, sides } = tried;
  return { ...common, revisit: [], decision: { id: triedDecisionId, kind, madeAt, sides } };
}

function newlyRefused(before: readonly RefusedJoin[], after: readonly RefusedJoin[]): RefusedJoin[] {
  const keyOf = ({ join, reason }: RefusedJoin) => `${join.kind} ${join.a} ${join.b} ${reason}`;
  const known = new Set(before.map(keyOf));
  return after.filter((one) => !known.has(keyOf(one)));
}
