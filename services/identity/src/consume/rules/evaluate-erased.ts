/**
 * What erasures have left, by other rules. What they took counts, because erasing lowers no count; and what names no person keeps its
 * first and last times.
 */
import { mentionsAsTouchpoints } from '../../core/kept-mention.ts';
import {
  type ErasedEnd,
  erasedLinkAsTouchpoint,
  vouchedAsTouchpoint,
} from '../../core/nameless-touchpoints.ts';
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
  const ends = [...links.flatMap(({ ends: both }) => both), ...vouched];
  const named = await findIdentifiers(client, [...kept.keys(), ...ends.map(({ id }) => id)]);
  const asNow = <T extends ErasedEnd>(end: T): T => {
    const value = named.get(end.id)?.value ?? '';
    return value === '' ? end : { ...end, blocked: draft.ids.isBlocked(end.type, value) };
  };
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
    ...links.map(({ level, ends: both }) => erasedLinkAsTouchpoint(level, both.map(asNow))),
    ...vouched.map((end) => vouchedAsTouchpoint(asNow(end))),
    ...mentioning,
  ];
  const values = [...named].map(([id, { value }]) => ({ id, value }));
  if (touchpoints.length > 0) await evaluateInput(work, [], { touchpoints }, values);
  return next === null ? { phase: 'decisions', cursor: null } : { phase: 'counts', cursor: next };
}
