/** "Traits", "Consents" and "Feedback" of the definition: what the touchpoints of a profile state about its person. */
import { compareByCodePoint } from './code-points.ts';
import type { Mention } from './evidence.ts';
import type { WorldTouchpoint } from './world.ts';

export interface ReferenceTrait {
  value: unknown;
  at: string;
  source: string;
}

export interface ReferenceConsent {
  granted: boolean;
  at: string;
  source: string;
}

export interface ReferenceAnswer {
  answer: unknown;
  at: string;
  source: string;
}

interface Stated {
  traits: Record<string, ReferenceTrait>;
  consents: Record<string, ReferenceConsent>;
  feedback: Record<string, Record<string, ReferenceAnswer>>;
}

/** One touchpoint after the other, in the order (trust, occurredAt, source, id): what comes later replaces. */
export function statedBy(mentions: readonly Mention[]): Stated {
  const stated: Stated = { traits: {}, consents: {}, feedback: {} };
  const inOrder = mentions
    .map(({ touchpoint }) => touchpoint)
    .toSorted(
      (left, right) =>
        Number(left.trust === 'server') - Number(right.trust === 'server') ||
        compareByCodePoint(left.occurredAt, right.occurredAt) ||
        compareByCodePoint(left.source, right.source) ||
        compareByCodePoint(left.id, right.id),
    );
  for (const touchpoint of inOrder) {
    const of = { at: touchpoint.occurredAt, source: touchpoint.source };
    for (const [name, value] of Object.entries(touchpoint.traits ?? {}))
      stated.traits[name] = { value, ...of };
    for (const [category, granted] of Object.entries(consentsIn(touchpoint))) {
      if (typeof granted === 'boolean') stated.consents[category] = { granted, ...of };
    }
    if (touchpoint.type === 'feedback') addAnswers(stated.feedback, touchpoint, of);
  }
  return stated;
}

function consentsIn({ context }: WorldTouchpoint): object {
  const consent = context?.['consent'] as Record<string, unknown> | undefined;
  return (consent?.['categoryPreferences'] as object | undefined) ?? consent ?? {};
}

function addAnswers(
  feedback: Stated['feedback'],
  { properties = {}, name }: WorldTouchpoint,
  of: { at: string; source: string },
): void {
  const survey = (properties['survey'] ?? name ?? 'feedback') as string;
  const answers = { ...feedback[survey] };
  for (const question of ['score', 'rating', 'comment']) {
    if (properties[question] !== undefined) answers[question] = { answer: properties[question], ...of };
  }
  if (properties['question'] !== undefined) {
    answers[properties['question'] as string] = { answer: properties['answer'], ...of };
  }
  for (const [question, answer] of Object.entries(properties['answers'] ?? {})) {
    answers[question] = { answer: answer as unknown, ...of };
  }
  feedback[survey] = answers;
}
