/**
 * What a touchpoint states about its person: traits, consents and answers to surveys. Of each kind and name the last writer
 * counts, so all three are stored, moved and folded alike.
 */
import type { Touchpoint } from '@throughline/contracts';
import { consentsOf } from './consents.ts';
import { answerName, surveyAnswersOf } from './survey-answers.ts';

export type StatementKind = 'trait' | 'consent' | 'answer';

export interface Statement {
  kind: StatementKind;
  name: string;
  value: unknown;
}

export function statementsOf(touchpoint: Touchpoint): Statement[] {
  const { traits, context } = touchpoint;
  const statements: Statement[] = [];
  if (traits !== undefined) {
    for (const [name, value] of Object.entries(traits)) statements.push({ kind: 'trait', name, value });
  }
  const consents = consentsOf(context);
  if (consents !== null) {
    for (const [name, value] of Object.entries(consents)) statements.push({ kind: 'consent', name, value });
  }
  for (const answer of surveyAnswersOf(touchpoint)) {
    statements.push({ kind: 'answer', name: answerName(answer), value: answer.answer });
  }
  return statements;
}
