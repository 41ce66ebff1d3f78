/**
 * What the resolver asks its store for. The resolver is a generator: it yields a load, receives the answer, and ends with
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
  /** Links of attached identifiers to stronger ones that were usable before, what they infer or is inferred for them, and the decisions that name them. */
  | { kind: 'attached'; ids: string[] }
  /**
   * All links of these to person identifiers that were usable before the resolution, the best of what others infer about
   * each pair, and the decisions that name them. From stage 1 inferred public links may be left out, from 2 public ones,
   * from 3 all inferred, at 4 those within one family of types. The answer may include as many as `ahead` other identifiers
   * that these lead to, and names them: a chain of a thousand is then read in a few pages.
   */
  | { kind: 'persons'; ids: string[]; stage: number; ahead: number }
  /** Identifiers whose parent is one of these, `most` at most, locked. */
  | { kind: 'children'; ids: string[]; most: number }
  /** Attached identifiers that a split names and that are linked to one of these, stronger ones; locked. */
  | { kind: 'namedBySplits'; ids: string[] };

export interface LoadAnswer {
  identifiers: IdentifierState[];
  links: Link[];
  inferred: InferredLink[];
  decisions: Decision[];
  /** Of a load of persons: identifiers that were not asked for and of which it has all that it would have. */
  ahead?: string[];
}

export type Loading<T> = Generator<Load, T, LoadAnswer>;
