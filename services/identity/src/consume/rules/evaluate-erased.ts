/**
 * What erasures have left, by other rules: as touchpoints of which nothing is left. Withdrawals do not reach it. What was counted and is
 * shown by nothing any more counts, because erasing lowers no count; and what names no person keeps its first and last times.
 */
import { serverLevel, verifiedLevel } from '../../core/evidence.ts';
import { mentionsAsTouchpoints } from '../../core/kept-mention.ts';
import type { IncomingTouchpoint } from '../../core/mentions.ts';
import { loadErasureMentions } from '../../db/erasure-mentions.ts';
import { findIdentifiers } from '../../db/find-identifiers.ts';
import { type ErasedCount, findErasedCounts } from '../../db/rules/find-erased-counts.ts';
import type { Progress } from '../../db/rules/rulesets.ts';
import { evaluateInput, type EvaluationWork } from './evaluate-input.ts';

const identifiersPerPage = 500;

export async function evaluateErased(work: EvaluationWork): Promise<Progress> {
  const { client, draft, ruleset } = work;
  const { identifiers, counts, next } = await findErasedCounts(client, ruleset.cursor, identifiersPerPage);
  const kept = await loadErasureMentions(client, identifiers);
  const named = await findIdentifiers(client, [...kept.keys()]);
  const mentioning = [...kept].flatMap(([id, mentions]) => {
    const one = named.get(id);
    if (one === undefined) return [];
    const { type, value } = one;
    const identifier = {
      id,
      type,
      blocked: draft.ids.isBlocked(type, value),
      verified: false,
      guessable: false,
    };
    return mentions.flatMap((mention) => mentionsAsTouchpoints(identifier, mention));
  });
  const touchpoints = [...counts.map(countAsTouchpoint), ...mentioning];
  const values = [...named].map(([id, { value }]) => ({ id, value }));
  if (touchpoints.length > 0) await evaluateInput(work, [], { touchpoints }, values);
  return next === null ? { phase: 'decisions', cursor: null } : { phase: 'counts', cursor: next };
}

function countAsTouchpoint({ level, ends }: ErasedCount): IncomingTouchpoint {
  return {
    key: '',
    source: '',
    id: '',
    trust: level === serverLevel ? 'server' : 'public',
    occurredAt: '',
    receivedAt: '',
    alias: false,
    identifiers: [],
    counted: ends.map(({ vouched, ...one }) => ({
      ...one,
      verified: level === verifiedLevel,
      guessable: vouched,
    })),
  };
}
