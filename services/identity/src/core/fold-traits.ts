/**
 * Folds what touchpoints stated under the identifiers of a profile into its traits, consents and answers: of each name the
 * last by (trust, time, source, touchpoint), compared by code point as the definition has it.
 */
import { compareText } from '@throughline/contracts';
import type { StatementKind } from './statements.ts';
import { parseAnswerName } from './survey-answers.ts';

/** The last statement of a name under one identifier and of one trust. */
export interface LastStatement {
  kind: StatementKind;
  name: string;
  /** JSON text. */
  value: string;
  at: string;
  source: string;
  touchpoint_id: string;
}

export interface FoldedTraits {
  /** Those of servers first, then by name. */
  traits: Record<string, { value: unknown; at: string; source: string }>;
  /** By category. */
  consents: Record<string, { granted: boolean; at: string; source: string }>;
  /** By survey and question. */
  feedback: Record<string, Record<string, { answer: unknown; at: string; source: string }>>;
  /** There are more than the limits, of a kind. */
  truncated: Record<StatementKind, boolean>;
}

export const noTraits: FoldedTraits = {
  traits: {},
  consents: {},
  feedback: {},
  truncated: { trait: false, consent: false, answer: false },
};

/** @param limits of names of each kind */
export function foldTraits(
  ofServer: readonly LastStatement[],
  ofPublic: readonly LastStatement[],
  limits: Readonly<Record<StatementKind, number>>,
): FoldedTraits {
  const trait = lastOfKind(ofServer, ofPublic, 'trait', limits);
  const consent = lastOfKind(ofServer, ofPublic, 'consent', limits);
  const answer = lastOfKind(ofServer, ofPublic, 'answer', limits);
  return {
    traits: Object.fromEntries(
      trait.last.map(({ name, value, at, source }) => [name, { value: parse(value), at, source }]),
    ),
    consents: Object.fromEntries(
      consent.last.map(({ name, value, at, source }) => [
        name,
        { granted: parse(value) === true, at, source },
      ]),
    ),
    feedback: bySurvey(answer.last),
    truncated: { trait: trait.isCut, consent: consent.isCut, answer: answer.isCut },
  };
}

function bySurvey(answers: readonly LastStatement[]): FoldedTraits['feedback'] {
  const surveys = Map.groupBy(answers, ({ name }) => parseAnswerName(name).survey);
  return Object.fromEntries(
    [...surveys].map(([survey, ofSurvey]) => [
      survey,
      Object.fromEntries(
        ofSurvey.map(({ name, value, at, source }) => [
          parseAnswerName(name).question,
          { answer: parse(value), at, source },
        ]),
      ),
    ]),
  );
}

function parse(value: string): unknown {
  return JSON.parse(value) as unknown;
}

function lastOfKind(
  ofServer: readonly LastStatement[],
  ofPublic: readonly LastStatement[],
  kind: StatementKind,
  limits: Readonly<Record<StatementKind, number>>,
): { last: LastStatement[]; isCut: boolean } {
  const isOfKind = (one: LastStatement): boolean => one.kind === kind;
  const server = lastByName(ofServer.filter(isOfKind));
  const open = lastByName(ofPublic.filter((one) => isOfKind(one) && !server.has(one.name)));
  const inOrder = [server, open].flatMap((last) =>
    [...last.values()].toSorted((left, right) => compareText(left.name, right.name)),
  );
  return { last: inOrder.slice(0, limits[kind]), isCut: inOrder.length > limits[kind] };
}

function lastByName(statements: readonly LastStatement[]): Map<string, LastStatement> {
  const last = new Map<string, LastStatement>();
  for (const statement of statements) {
    const current = last.get(statement.name);
    if (current === undefined || compareStatements(statement, current) > 0)
      last.set(statement.name, statement);
  }
  return last;
}

function compareStatements(left: LastStatement, right: LastStatement): number {
  return (
    compareText(left.at, right.at) ||
    compareText(left.source, right.source) ||
    compareText(left.touchpoint_id, right.touchpoint_id)
  );
}
