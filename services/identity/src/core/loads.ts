/**
 * What the resolver asks its store for. The resolver is a generator: it yields a load, is given the answer, and ends with
 * the changes to write. So the whole decision is a pure function that a database and a test's maps can both feed.
 */
import type { Decision } from './decision.ts';
import type { InferredLink, Link } from './evidence.ts';
import type { IdentifierState } from './identifier-state.ts';

export type Load =
  /** Those of the identifiers that exist, locked until the changes are written. */
  | { kind: 'identifiers'; ids: string[] }
  /** Those of the links that exist. */
  | { kind: 'links'; pairs: { weaker: string; stronger: string }[] }
  /** All usable links of attached identifiers to stronger ones, what they infer, and the decisions that name them. */
  | { kind: 'attached'; ids: string[] }
  /**
   * All usable links among person identifiers of these, what others infer about them, and the decisions that name them.
   * From stage 1 inferred public links may be left out, from 2 public ones, from 3 all inferred.
   * `dead` asks for the unusable links too.
   */
  | { kind: 'persons'; ids: string[]; stage: number; dead: boolean }
  /** Identifiers whose parent is one of these, locked. */
  | { kind: 'children'; ids: string[] }
  /** Attached identifiers that a split names and that are linked to one of these, stronger ones; locked. */
  | { kind: 'namedBySplits'; ids: string[] };

export interface LoadAnswer {
  identifiers: IdentifierState[];
  links: Link[];
  inferred: InferredLink[];
  decisions: Decision[];
}

export type Loading<T> = Generator<Load, T, LoadAnswer>;
