/**
 * What erasures have left, by other rules. What they took counts, because erasing lowers no count; and what names no person keeps its
 * first and last times.
 */
import { mentionsAsTouchpoints } from '../../core/kept-mention.ts';
import { erasedLinkAsTouchpoint, vouchedAsTouchpoint } from '../../core/nameless-touchpoints.ts';
import { loadErasureMentions } from '../../db/erasure-mentions.ts';
import { findIdentifiers } from '../../db/find-identifiers.ts';
import { findErasedCounts } from '../../db/rules/find-erased-counts.ts';
import type { Progress } from '../../db/rules/rulesets.ts';
import { evaluateInput, type EvaluationWork } from './evaluate-input.ts';

const identifiersPerPage = 500;

export async function evaluateErased(work: EvaluationWork): Promise<Progress> {
  const { client, draft, ruleset } = work;
  const { identifiers, links, vouched, next } = await findErasedCounts(
    client,
    ruleset.cursor,
    identifiersPerPage,
  );
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
  const touchpoints = [
    ...links.map(({ level, ends }) => erasedLinkAsTouchpoint(level, ends)),
    ...vouched.map(vouchedAsTouchpoint),
    ...mentioning,
  ];
  const values = [...named].map(([id, { value }]) => ({ id, value }));
  if (touchpoints.length > 0) await evaluateInput(work, [], { touchpoints }, values);
  return next === null ? { phase: 'decisions', cursor: null } : { phase: 'counts', cursor: next };
}
